"""When a golden is compared, when it is written, and when neither would be honest."""

from __future__ import annotations

import os
from pathlib import Path

from scanapp.errors import ReplayError
from scanapp.replay.golden import compare_golden, golden_path, update_golden
from scanapp.replay.options import Options
from scanapp.replay.outcome import Golden, GoldenCheck
from scanapp.replay.truth import Truth
from scanapp.replay.verdicts import Judgement


def check_golden(
    recording: Path, log: bytes, judgement: Judgement | None, truth: Truth | None, options: Options
) -> GoldenCheck:
    """Compares ``log`` with the golden of ``recording``, or blesses it when the options say so.

    A damaged golden is a state, not an error: the truth's judgement is worth reporting all the same.
    OutputError when a golden cannot be written.
    """
    path = golden_path(recording)
    if other := _other_circumstances(truth, options):
        if options.update:
            return GoldenCheck(Golden.REFUSED, (f"not blessed: {other}",))
        if os.path.lexists(path):
            return GoldenCheck(Golden.NOT_COMPARED, (f"golden not compared: {other}",))
    elif options.update:
        return _bless(path, log, judgement, options)
    if not os.path.lexists(path):
        return GoldenCheck(Golden.NONE)
    try:
        lines = compare_golden(path, log)
    except ReplayError as error:
        return GoldenCheck(Golden.DAMAGED, (str(error),))
    return GoldenCheck(Golden.DIFFERS, tuple(lines)) if lines else GoldenCheck(Golden.OK)


def _other_circumstances(truth: Truth | None, options: Options) -> str:
    if options.device is not None:
        return f"on {options.device} frames are dropped and events come later"
    if truth and truth.pipeline and options.pipeline not in (None, truth.pipeline):
        return f"it belongs to the pipeline '{truth.pipeline}' that the truth names, this was '{options.pipeline}'"
    return ""


def _bless(path: Path, log: bytes, judgement: Judgement | None, options: Options) -> GoldenCheck:
    if judgement and judgement.wrong and not options.force:
        count = len(judgement.wrong)
        why = f"the truth says that {count} confirmed {'value is' if count == 1 else 'values are'} wrong"
        return GoldenCheck(Golden.REFUSED, (f"not blessed: {why} (--force blesses all the same)",))
    return GoldenCheck(Golden.UPDATED if update_golden(path, log) else Golden.OK)
