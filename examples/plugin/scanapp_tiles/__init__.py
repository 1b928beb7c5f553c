"""Coloured square tiles: a detector, a recognizer, a fusion rule and a view for scanapp, one file each."""
