"""``scanapp pipelines``: what there is."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

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
