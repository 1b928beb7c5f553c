"""Where things are at any instant: smooth paths through keyframes, and a hand's tremor.

Everything is a function of time, not of the frame number, because rolling shutter and motion blur ask for
instants between frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scanapp.synth.scene import CameraPath, Move, Tremor, Vec3

Floats = NDArray[np.float64]

_WAVES = 24


def smooth(times: Sequence[float], values: ArrayLike, at: ArrayLike) -> Floats:
    """``values`` (n, d), given at ``times`` (n,), at the instants ``at`` (m,): (m, d); constant outside.

    Monotone cubic Hermite interpolation (Fritsch & Carlson 1980): smooth, and never beyond a keyframe.
    """
    t, v, x = np.asarray(times, float), np.asarray(values, float), np.asarray(at, float)
    if len(t) == 1:
        return np.repeat(v, len(x), axis=0)
    step = np.diff(t)[:, None]
    slope = np.diff(v, axis=0) / step
    tangent = np.zeros_like(v)
    before, after = slope[:-1], slope[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = 2 * before * after / (before + after)
    tangent[1:-1] = np.where(before * after > 0, harmonic, 0.0)
    x = np.clip(x, t[0], t[-1])
    i = np.clip(np.searchsorted(t, x, side="right") - 1, 0, len(t) - 2)
    h = step[i]
    s = ((x - t[i])[:, None]) / h
    return np.asarray(
        (1 + 2 * s) * (1 - s) ** 2 * v[i]
        + s * (1 - s) ** 2 * h * tangent[i]
        + s**2 * (3 - 2 * s) * v[i + 1]
        + s**2 * (s - 1) * h * tangent[i + 1]
    )


def rotations(degrees: ArrayLike) -> Floats:
    """(n, 3) yaw, pitch, roll in degrees to (n, 3, 3) matrices ``Rz(roll) Ry(yaw) Rx(pitch)``."""
    yaw, pitch, roll = np.radians(np.atleast_2d(np.asarray(degrees, float))).T
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    rows = [
        [cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp],
        [sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp],
        [-sy, cy * sp, cy * cp],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def moved(at: Vec3, moves: Sequence[Move], t: ArrayLike) -> Floats:
    """(m, 3) positions of something that sits at ``at`` and moves by ``moves``."""
    instants = np.atleast_1d(np.asarray(t, float))
    if not moves:
        return np.repeat(np.array([at], float), len(instants), axis=0)
    return np.asarray(at, float) + smooth([m.t for m in moves], [m.by for m in moves], instants)


class Shake:
    """Tremor as a sum of sines with random phases: 6 degrees of freedom, at any instant, the same for one seed."""

    def __init__(self, tremor: Tremor, rng: np.random.Generator) -> None:
        self.frequency = np.exp(rng.uniform(np.log(tremor.low), np.log(tremor.high), (6, _WAVES)))
        self.phase = rng.uniform(0, 2 * np.pi, (6, _WAVES))
        weight = 1 / self.frequency
        weight *= np.sqrt(2) / np.linalg.norm(weight, axis=1, keepdims=True)
        self.weight = weight * np.array([tremor.shift] * 3 + [tremor.turn] * 3)[:, None]

    def __call__(self, t: ArrayLike) -> Floats:
        """(m, 6): shift x, y, z in millimetres; yaw, pitch, roll in degrees."""
        instants = np.atleast_1d(np.asarray(t, float))[:, None, None]
        return np.asarray((np.sin(2 * np.pi * self.frequency * instants + self.phase) * self.weight).sum(axis=2))


class Path:
    """The camera's pose at any instant."""

    def __init__(self, camera: CameraPath, rng: np.random.Generator) -> None:
        self._times = [key.t for key in camera.keys]
        self._values = [[*key.eye, *key.target, key.roll] for key in camera.keys]
        self._shake = Shake(camera.tremor, rng)

    def poses(self, t: ArrayLike) -> tuple[Floats, Floats]:
        """Eyes (m, 3) in millimetres and camera-to-world rotations (m, 3, 3)."""
        instants = np.atleast_1d(np.asarray(t, float))
        values = smooth(self._times, self._values, instants)
        shake = self._shake(instants)
        return values[:, :3] + shake[:, :3], _looking(values) @ rotations(shake[:, 3:])

    def distances(self, t: ArrayLike) -> Floats:
        """(m,) millimetres from the eye to the target, without tremor: what an autofocus measures."""
        values = smooth(self._times, self._values, np.atleast_1d(np.asarray(t, float)))
        return np.asarray(np.linalg.norm(values[:, 3:6] - values[:, :3], axis=1))


def _looking(values: Floats) -> Floats:
    """(m, 7) eye, target, roll to camera-to-world rotations; the world's y is down."""
    forward = values[:, 3:6] - values[:, :3]
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    upright = np.stack([right, np.cross(forward, right), forward], axis=2)
    roll = np.column_stack([np.zeros((len(values), 2)), values[:, 6]])
    return upright @ rotations(roll)
