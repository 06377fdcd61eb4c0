"""Formats in and out. No Qt, no torch."""
