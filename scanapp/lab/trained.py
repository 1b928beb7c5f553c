"""Trained networks by reference: a run's folder, a subnet of a super-network's run, or a shipped ONNX file.

runs/reader                     the best checkpoint of a run
runs/supernet@smallest          a subnet of a super-network's run: largest, middle, smallest
runs/supernet@width=64,depth=1  …, by its values, the rest as in the largest
runs/supernet@small             …, by the name that the search gave it
"""

from __future__ import annotations

import json
from pathlib import Path

from torch import nn

from scanapp.errors import UsageError
from scanapp.lab.inputs import calibration_inputs
from scanapp.lab.run import Run
from scanapp.lab.supernet.shared import SharedNet, recalibrated
from scanapp.lab.supernet.space import Space, Subnet

FRONT = "front.json"
"""What a search leaves in a super-network's run."""


def network_of(reference: str) -> nn.Module:
    """The network that ``reference`` names, in evaluation mode; UsageError where there is none."""
    folder, _, subnet = reference.partition("@")
    return network_of_run(Run.open(Path(folder)), subnet)


def network_of_run(run: Run, subnet: str = "") -> nn.Module:
    """The run's best network; of a super-network the named subnet, its batch norms recalibrated, or the largest."""
    net, _ = run.best()
    if not isinstance(net, SharedNet):
        if subnet:
            raise UsageError(f"{run.folder}: '{subnet}' asks for a subnet, but this run trained a plain network")
        return net
    chosen = find_subnet(run.folder, net.family.space, subnet or "largest")
    return recalibrated(net.extract(chosen), calibration_inputs(run.task))


def find_subnet(folder: Path, space: Space, text: str) -> Subnet:
    """A subnet by its values or by the name that a search of ``folder``'s run gave it."""
    path = folder / FRONT
    if path.exists():
        for entry in json.loads(path.read_text(encoding="utf-8"))["chosen"]:
            if entry["name"] == text:
                return space.subnet(entry["subnet"])
    return space.parse(text)
