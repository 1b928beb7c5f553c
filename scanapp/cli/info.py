"""``scanapp pipelines`` and ``scanapp device``: what there is."""

from __future__ import annotations

import os
import platform

import psutil
from rich.console import Console
from rich.table import Table

from scanapp.devices.device import VIRTUAL
from scanapp.pipeline import load_pipeline, shipped_pipelines


def pipelines_command() -> None:
    """List the shipped pipelines. Your own are TOML files: --pipeline my.toml."""
    table = Table("pipeline", "what it finds", "detectors", "recognizers", "ends with")
    ends = {"all": "the stream", "one": "the first answer", "set": "the complete set"}
    for name in shipped_pipelines():
        pipeline = load_pipeline(name)
        table.add_row(
            name,
            pipeline.description,
            ", ".join(stage.use for stage in pipeline.detect),
            ", ".join(stage.use for stage in pipeline.recognize),
            ends[pipeline.expect.mode],
        )
    Console().print(table)


def device_command() -> None:
    """Show this machine and the virtual devices that --device knows."""
    console = Console()
    memory = psutil.virtual_memory().total / 2**30
    console.print(f"this machine: {platform.machine()}, {os.cpu_count()} cores, {memory:.1f} GiB memory")
    table = Table("virtual device", "time factor", "what it stands for")
    for device in VIRTUAL.values():
        table.add_row(device.name, f"{device.factor:g}", device.description)
    console.print(table)
