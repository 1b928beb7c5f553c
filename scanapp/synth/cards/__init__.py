"""Bank cards and what is mistaken for them, made by procedure."""
