"""Worker threads that can be left behind.

A recognizer that hangs cannot be killed in Python. Its thread is abandoned (it is a daemon and holds nothing but
its own job) and another takes its place, so that the stream goes on. OpenCV, onnxruntime and zxing-cpp release the
GIL, so threads are enough.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scanapp.clock import Clock
from scanapp.devices.device import Device
from scanapp.results import Reading, Recognizer, View

HANG_S = 20.0
"""Wall seconds after which a replayed job counts as hung. Generous: a loaded machine must not change the log."""
CLOSE_S = 0.7
"""How long closing waits for running jobs: Ctrl-C must end a scan within a second."""
REPLAY_CLOSE_S = 10.0
THREAD_NAMES = "scanapp-"
OVERRUN = 10.0
OVERRUN_FLOOR_S = 15.0
"""Live, a job is given up after ten times its expected time, but never before 15 seconds: wall time also passes
while others use the machine."""


class Ticket:
    """The outcome of one call, as soon as there is one; ``first`` is done before it and not timed."""

    def __init__(self, call: Callable[[], Any], first: Callable[[], None] | None = None) -> None:
        self._call = call
        self._first = first
        self._done = threading.Event()
        self.created = time.monotonic()
        self.result: Any = None
        self.error: Exception | None = None
        self.wall_ms = 0.0
        self.cpu_ms = 0.0

    @property
    def done(self) -> bool:
        """Whether the call has returned or raised."""
        return self._done.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait for the outcome; False when ``timeout`` seconds were not enough."""
        return self._done.wait(timeout)

    def run(self) -> None:
        """Make the call (on the worker's thread)."""
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            if self._first is not None:
                self._first()
                wall, cpu = time.perf_counter(), time.thread_time()
            self.result = self._call()
        except Exception as error:  # isolates whatever a third party's stage raises
            self.error = error
        self.wall_ms = (time.perf_counter() - wall) * 1e3
        self.cpu_ms = (time.thread_time() - cpu) * 1e3
        self._done.set()


class WorkerPool:
    """``size`` daemon threads that take calls in order; threads start when first needed."""

    def __init__(self, size: int, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._size = size
        self._threads: list[threading.Thread] = []
        self._hung = False

    def submit(self, call: Callable[[], Any], first: Callable[[], None] | None = None) -> Ticket:
        """Queue a call, and what is to be done before it."""
        if len(self._threads) < self._size:
            self._start()
        ticket = Ticket(call, first)
        self._calls.put(ticket)
        return ticket

    def replace_one(self) -> None:
        """A thread hangs: start another in its place."""
        self._hung = True
        self._start()

    def close(self, patience: float = CLOSE_S) -> None:
        """Let threads end after what they do, waiting ``patience`` seconds at most; hung ones are left behind.

        A thread that is inside a C++ library when the interpreter goes away takes the process down with it.
        """
        give_up = time.monotonic() + (0.0 if self._hung else patience)
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))

    def _start(self) -> None:
        name = f"{THREAD_NAMES}{self._name}-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while (ticket := self._calls.get()) is not None:
            ticket.run()


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One look: ``recognizer`` at ``view``. ``track`` is None for a sweep of the whole frame.

    cost_ms: expected milliseconds on the reference machine.
    """

    recognizer: Recognizer
    view: View
    track: int | None
    cost_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A job's outcome. ``spent_ms`` is what it is charged for; ``error`` a one-line reason, or empty."""

    job: Job
    readings: Sequence[Reading]
    spent_ms: float
    at: float
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    error: str = ""
    hung: bool = False


class Executor(Protocol):
    """Runs jobs and hands back what is finished."""

    def submit(self, job: Job) -> None:
        """Start a job now."""

    def finished(self) -> list[Finished]:
        """What has finished by now, in the order of finishing. Never blocks for long."""

    def next_due(self) -> float | None:
        """When the next running job will be finished, where that is known; None when none runs."""

    def close(self) -> None:
        """Stop; running jobs are left behind."""


class LiveExecutor:
    """Jobs take the time they take, on one thread a recognizer. With a slower device than the reference they are
    charged that device's time, so that its budgets hold. What a recognizer opens before its first look (networks, a
    catalogue) is not charged to looks: its budget would be spent for seconds.
    """

    def __init__(self, threads: int, clock: Clock, device: Device) -> None:
        self._device = device
        self._pool = WorkerPool(threads, "worker")
        self._clock = clock
        self._running: list[tuple[Job, Ticket]] = []
        self._open: list[Recognizer] = []

    def submit(self, job: Job) -> None:
        """Start a job on the next free thread."""
        self._running.append((job, self._pool.submit(_call(job), self._opening(job.recognizer))))

    def _opening(self, recognizer: Recognizer) -> Callable[[], None] | None:
        if any(recognizer is one for one in self._open):
            return None
        self._open.append(recognizer)
        return lambda: warm_up(recognizer)

    def finished(self) -> list[Finished]:
        """Finished and overrun jobs."""
        out = []
        for entry in list(self._running):
            job, ticket = entry
            if ticket.done:
                self._running.remove(entry)
                out.append(_outcome(job, ticket, ticket.wall_ms * self._device.factor, self._clock.now()))
            elif time.monotonic() - ticket.created > max(OVERRUN_FLOOR_S, OVERRUN * job.cost_ms / 1e3):
                self._running.remove(entry)
                self._pool.replace_one()
                out.append(_hung(job, self._clock.now()))
        return out

    def next_due(self) -> float | None:
        """Now, when something runs: nobody knows better."""
        return self._clock.now() if self._running else None

    def close(self) -> None:
        """Leave running jobs behind."""
        self._pool.close()


class VirtualExecutor:
    """Jobs take the time that the device's cost table says, on ``workers`` real threads; the outcome is the same
    for any number of them, and on a loaded machine.
    """

    def __init__(self, workers: int, clock: Clock, device: Device) -> None:
        self._pool = WorkerPool(max(1, workers), "replay")
        self._clock = clock
        self._device = device
        self._running: list[tuple[float, Job, Ticket]] = []

    def submit(self, job: Job) -> None:
        """Start a job; it will be due after its cost."""
        now = self._clock.now()
        due = now + self._device.seconds(job.cost_ms, now)
        self._running.append((due, job, self._pool.submit(_call(job))))

    def finished(self) -> list[Finished]:
        """Jobs due by now; waits for their threads."""
        now = self._clock.now()
        due = sorted((entry for entry in self._running if entry[0] <= now), key=lambda entry: entry[0])
        self._running = [entry for entry in self._running if entry[0] > now]
        return [self._collect(*entry) for entry in due]

    def _collect(self, due: float, job: Job, ticket: Ticket) -> Finished:
        if not ticket.wait(HANG_S):
            self._pool.replace_one()
            return _hung(job, due)
        return _outcome(job, ticket, job.cost_ms * self._device.factor_at(due), due)

    def next_due(self) -> float | None:
        """The earliest due time of a running job."""
        return min((entry[0] for entry in self._running), default=None)

    def close(self) -> None:
        """End the threads; nobody waits for an answer any more, so jobs may take their time."""
        self._pool.close(REPLAY_CLOSE_S)


def warm_up(recognizer: Recognizer) -> None:
    """Opens what a recognizer would open at its first look, where it says how (``warm_up``)."""
    opens = getattr(recognizer, "warm_up", None)
    if opens is not None:
        opens()


def _call(job: Job) -> Callable[[], Sequence[Reading]]:
    return lambda: list(job.recognizer.recognize(job.view))


def _outcome(job: Job, ticket: Ticket, spent_ms: float, at: float) -> Finished:
    if ticket.error is not None:
        reason = f"{type(ticket.error).__name__}: {ticket.error}"
        return Finished(job, (), spent_ms, at, ticket.wall_ms, ticket.cpu_ms, reason)
    return Finished(job, ticket.result, spent_ms, at, ticket.wall_ms, ticket.cpu_ms)


def _hung(job: Job, at: float) -> Finished:
    return Finished(job, (), job.cost_ms, at, error="took far too long and was left behind", hung=True)
