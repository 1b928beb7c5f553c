"""Recipes that come with scanapp, as TOML files; see `scanapp.lab.recipe`."""
