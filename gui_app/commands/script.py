"""``gradarium script``: an experiment as a plain PyTorch script."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gui_app.commands.opening import opened
from gui_app.files.atomic import write_atomically
from gui_app.files.script import script_of
from gui_app.language.errors import ProgramError


def script(arguments: argparse.Namespace) -> int:
    """Print the script, or write it to ``--out``. Returns the exit code."""
    from gui_app.engine import vocabulary

    try:
        text = script_of(opened(arguments.experiment, arguments.set), vocabulary.words())
    except ProgramError as error:
        print(f"gradarium: {error}", file=sys.stderr)
        return 1
    if arguments.out is None:
        print(text, end="")
    else:
        write_atomically(Path(arguments.out), text.encode())
    return 0
