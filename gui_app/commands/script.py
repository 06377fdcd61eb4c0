"""``gradarium script``: an experiment as a plain PyTorch script."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gui_app.commands.opening import opened
from gui_app.files.atomic import write_atomically
from gui_app.files.script import companions_of, script_of
from gui_app.language.errors import ProgramError


def script(arguments: argparse.Namespace) -> int:
    """Print the script, or write it to ``--output`` with the files that it needs beside it. Returns the exit code."""
    from gui_app.engine import vocabulary

    output: Path | None = arguments.output
    try:
        experiment = opened(arguments.experiment, arguments.set)
        text = script_of(experiment, vocabulary.words(), folder=output.parent if output else None)
        companions = companions_of(experiment)
    except ProgramError as error:
        print(f"gradarium: {error}", file=sys.stderr)
        return 1
    if output is None:
        print(text, end="")
        for name in companions:
            print(f"gradarium: The script reads {name}. Use -o to write both.", file=sys.stderr)
        return 0
    write_atomically(output, text.encode())
    for name, content in companions.items():
        write_atomically(output.with_name(name), content)
    return 0
