"""Packages, and the pipelines that lie beside them in the checkout but inside when installed."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["scanapp", "scanapp.*"]), "scanapp._pipelines"],
    package_dir={"scanapp._pipelines": "pipelines"},
    package_data={"scanapp": ["py.typed"], "scanapp.fonts": ["*.ttf"], "scanapp._pipelines": ["*.toml"]},
)
