"""Packages, and the pipelines and models that lie beside them in the checkout but inside when installed."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
MODELS = [f"scanapp._models.{path.name}" for path in sorted((HERE / "models").iterdir()) if path.is_dir()]

setup(
    packages=[*find_packages(include=["scanapp", "scanapp.*"]), "scanapp._pipelines", "scanapp._models", *MODELS],
    package_dir={"scanapp._pipelines": "pipelines", "scanapp._models": "models"},
    package_data={
        "scanapp": ["py.typed"],
        "scanapp.devices": ["*.json"],
        "scanapp.fonts": ["*.ttf", "*.md"],
        "scanapp.lab": ["*.txt"],
        "scanapp.lab.recipes": ["*.toml"],
        "scanapp._pipelines": ["*.toml"],
        "scanapp._models": ["*.toml"],
    }
    | {model: ["*.onnx", "*.md"] for model in MODELS},
)
