"""`NetworkUse`: a stage says which networks of the store it runs, so that matching can choose their variants."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkUse:
    """One network of one stage.

    model   its name in the manifest
    option  the stage's option that takes the name of a variant
    runs    how often it is run in one call of the stage, on average
    weight  how much its accuracy counts beside that of the pipeline's other networks
    """

    model: str
    option: str
    runs: float = 1.0
    weight: float = 1.0
