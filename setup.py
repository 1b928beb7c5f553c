"""Packages, and the pipelines and models that lie beside them in the checkout but inside when installed."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["scanapp", "scanapp.*"]), "scanapp._pipelines", "scanapp._models"],
    package_dir={"scanapp._pipelines": "pipelines", "scanapp._models": "models"},
    package_data={
        "scanapp": ["py.typed"],
        "scanapp.fonts": ["*.ttf"],
        "scanapp._pipelines": ["*.toml"],
        "scanapp._models": ["*.toml", "*/*.onnx", "*/*.md"],
    },
)
