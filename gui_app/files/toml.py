"""TOML text -> plain data, however hostile the text."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from gui_app.files.errors import FileError

MOST_BYTES = 1_000_000
"""Largest file that is read."""

_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?:{_PART}[ \t]*+\.[ \t]*+){{32}}")
"""Dotted keys are read in time quadratic in their parts: 40 KB of them would take seconds."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises FileError that names the line."""
    if len(text) > MOST_BYTES:
        raise FileError(f"It is too large: at most {MOST_BYTES:,} bytes are read.")
    if _LONG_KEY.search(text):
        raise FileError("A dotted name in it has more than 32 parts.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"This is not a TOML file: {error}.") from error
    except RecursionError as error:
        raise FileError("Its brackets are nested too deeply.") from error
    except ValueError as error:  # a number of thousands of digits, a date that does not exist
        raise FileError("It holds a number or a date that is out of range.") from error
