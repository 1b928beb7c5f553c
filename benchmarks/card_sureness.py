"""Fits how sure the card detector is, for a locator trained anew.

    python benchmarks/card_sureness.py [--samples 1500] [--frames 700] [--seed 97] [--cache FOLDER]

First `scanapp.detectors.card_network.SURENESS`, by which the network's word is judged on one picture:
Held-out faces (the sixteenth of ``scanapp lab data faces`` that training never shows) in scenes of the training's
kind go through the shipped locator. A logistic regression (Newton's method, with a little weight decay) of "a card
is there and its corners are within 5 % of its diagonal" on what the network says gives the four numbers; the second
half of the scenes tells how good they are: recall and false cards at the detector's threshold. Needs the lab extra
and its cache.

Then `scanapp.detectors.card.SHAPED`, by which the detector judges what its looks found by its shape: frames as in
`card_corners.py`, with other seeds and the training's fonts, as many without a card; those with another card of a
bank card's size count for nothing. Fitted on one half and judged on the other, too; a missed card weighs as much as
``ODDS`` things that are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import numpy as np

try:
    import torch  # noqa: F401
except ImportError:
    raise SystemExit("this script needs the lab extra: pip install -e '.[lab]'") from None
from card_corners import card_case, negative_case
from common import Report, parser, quiet_threads
from numpy.typing import NDArray

from scanapp.detectors.card import ODDS, SHAPED, CardDetector, shape_features
from scanapp.detectors.card_decode import decode
from scanapp.detectors.card_network import SURENESS
from scanapp.frame import Frame
from scanapp.inference import open_model
from scanapp.lab.backgrounds_cache import open_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.composites import Composer
from scanapp.lab.faces_cache import FacesCache
from scanapp.lab.tasks.card_locator import SHAPES
from scanapp.synth.cards.glyphs import FontSet

RIGHT = 0.05
DECAY = 1e-2
NOTHING = (-13.8, 0.0, 1.0)
"""Features of a frame in which the detector sees no hint of a card."""
Floats = NDArray[np.float64]


def main() -> None:
    """Fit on one half, judge on the other."""
    arguments = parser(__doc__)
    arguments.add_argument("--samples", type=int, default=1500)
    arguments.add_argument("--frames", type=int, default=700, help="with a card, and as many without")
    arguments.add_argument("--seed", type=int, default=97)
    arguments.add_argument("--cache", default="", help="folder with faces and backgrounds")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("card_sureness")
    rows = np.array(list(evidence(options.cache, options.samples, options.seed)))
    features, right, card = rows[:, :4], rows[:, 4], rows[:, 5]
    half = len(rows) // 2
    fitted = regression(features[:half], right[:half])
    report.say(f"SURENESS = ({', '.join(f'{value:.3f}' for value in fitted)})")
    table = []
    right, card = right[half:] > 0, card[half:] > 0
    for name, weights in (("shipped", np.array(SURENESS)), ("fitted", fitted)):
        sure = features[half:] @ weights > 0
        table.append(
            {
                "weights": name,
                "right and sure %": 100 * float((sure & right).sum() / max(1, card.sum())),
                "sure, of scenes without a card %": 100 * float(sure[~card].mean()),
                "wrong corners among sure cards %": 100 * float((~right)[sure & card].mean()),
            }
        )
    report.table(f"{len(rows) - half} scenes that were not fitted on", table)
    shaped(report, options.frames, options.seed)
    report.write(options.json)


def shaped(report: Report, count: int, seed: int) -> None:
    """Fit `SHAPED` on one half of the frames, judge on the other."""
    rows = np.array(list(looks(count, seed)))
    half = len(rows) // 2
    fitted = regression(rows[:half, :3], rows[:half, 3])
    report.say(f"SHAPED = ({', '.join(f'{value:.2f}' for value in fitted)})")
    features, right, card, errors = rows[half:, :3], rows[half:, 3] > 0, rows[half:, 4] > 0, rows[half:, 5]
    table = []
    for name, weights in (("none", np.array([1.0, 0, 0])), ("shipped", np.array(SHAPED)), ("fitted", fitted)):
        odds = 0.0 if name == "none" else np.log(ODDS)
        sure = features @ weights + odds > 0
        table.append(
            {
                "weights": name,
                "right and sure %": 100 * float((sure & right).sum() / max(1, card.sum())),
                "sure, of frames without a card %": 100 * float(sure[~card].mean()),
                "p95 of sure cards %": 100 * float(np.quantile(errors[sure & card], 0.95)),
            }
        )
    report.table(f"{len(rows) - half} frames that were not fitted on", table)


def looks(count: int, seed: int) -> Iterator[tuple[float, ...]]:
    """For each frame: the three features, whether the corners are right, whether a card is there, their error."""
    fonts, detector = FontSet.training(), CardDetector(threshold=0.0, method="network")
    unshaped = mock.patch.multiple("scanapp.detectors.card", SHAPED=(1.0, 0.0, 0.0), ODDS=1.0)
    for index in range(2 * count):
        make = negative_case if index % 2 else card_case
        case = make(index // 2, seed=seed, fonts=fonts)
        if case.quad is None and case.shaped:
            continue
        frame = Frame(case.gray)
        with unshaped:
            best = next(iter(detector.detect(frame)), None)
        features = NOTHING if best is None else shape_features(best.score, best.quad, frame)
        off = 1.0 if best is None or case.quad is None else error(best.quad, case.quad)
        yield *features, float(off < RIGHT), float(case.quad is not None), off


def evidence(cache: str, count: int, seed: int) -> Iterator[tuple[float, ...]]:
    """For each scene: the four features, whether the corners are right, whether a card is there."""
    folder = cache_folder(cache)
    composer = Composer(FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds"), held_out=True)
    session = open_model("card_locator")
    for index in range(count):
        sample = composer.sample(np.random.default_rng((seed, index)), *SHAPES[index % len(SHAPES)])
        answer = session.run({"image": sample.image[None, None].astype(np.float32) / np.float32(255)})
        found = decode(answer["corners"][0], answer["mask"][0, 0])
        if found is None:
            continue
        right = sample.quad is not None and error(found.quad, sample.quad) < RIGHT
        logs = (float(np.log(value + 1e-3)) for value in (found.certainty, found.agreement))
        yield float(answer["score"][0, 0]), *logs, 1.0, float(right), float(sample.quad is not None)


def error(found: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Mean corner distance over the diagonal, any corner first."""
    diagonal = float(np.linalg.norm(truth[2:] - truth[:2], axis=1).mean())
    turned = (np.roll(found, turn, axis=0) for turn in range(4))
    return min(float(np.linalg.norm(one - truth, axis=1).mean()) for one in turned) / diagonal


def regression(features: Floats, right: Floats) -> Floats:
    """Logistic regression by Newton's method."""
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (right - chance) - DECAY * weights
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + DECAY * np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()
