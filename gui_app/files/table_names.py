"""Which files are opened as tables, by their name."""

from __future__ import annotations

from pathlib import Path

TABLES = (
    *(".csv", ".tsv", ".dat", ".data", ".parquet", ".feather", ".arrow", ".json", ".jsonl", ".ndjson"),
    *(".xlsx", ".npy", ".npz", ".safetensors", ".pt", ".pth"),
)
"""A file that ends in .txt is the text of a program, unless it is asked for as a table."""


def is_table(path: Path) -> bool:
    """Whether a file is opened as a table."""
    return path.suffix.lower() in TABLES
