"""Packages of invented brands, boxes and cans, with the pictures that a catalogue of them needs."""
