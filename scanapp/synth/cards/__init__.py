"""Invented bank cards, drawn: numbers, glyphs, relief, light. Nothing on them belongs to a real bank or person."""
