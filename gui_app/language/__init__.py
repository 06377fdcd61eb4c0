"""Typed text -> checked program. No Qt, no torch."""
