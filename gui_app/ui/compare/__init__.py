"""Comparing runs: a table of numbers, and their paths side by side."""
