"""Where the files that travel with the program lie: icons, lessons, the style sheet."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def resource(path: str, package: Path = PACKAGE) -> Path:
    """Path of a file or folder below ``resources``, wherever the program was started from.

    A wheel carries ``resources`` inside the package; in a checkout, and so in an editable install, it lies
    beside the package. Raises FileNotFoundError that names the path.
    """
    inside = package / "resources"
    found = (inside if inside.is_dir() else package.parent / "resources") / path
    if not found.exists():
        raise FileNotFoundError(f"resources/{path} is missing from this installation of Gradarium")
    return found
