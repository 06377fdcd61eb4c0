"""The command line: the window by default, and run, render and verify without one.

Exit codes: 0 done, 1 the run or a check failed, 2 wrong use or unreadable input. Nothing is imported before it
is needed: help and complaints about a file come at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gui_app import __version__
from gui_app.commands import types
from gui_app.files.errors import FileError

Command = Callable[[argparse.Namespace], int]
RANKINGS = ("loss", "best", "distance", "gradient", "evaluations", "below", "pace", "validation", "label")
"""Columns by which ``compare`` can rank; those of ``core.measures``, which is not imported for --help."""
_SOURCE = "an experiment file (.toml), or the id of a lesson: A4, C1, Rosenbrock …"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code. argparse leaves by itself for --help and wrong use."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if words and words[0] in COMMANDS:
        parser, command = COMMANDS[words[0]]()
        words = words[1:]
    else:
        parser, command = _window_parser()
    try:
        arguments = parser.parse_args(words)
    finally:
        _flush()  # --help leaves from within
    return _guarded(command, arguments)


def _flush() -> bool:
    """Hand on what was printed; False if whoever read it has left."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _guarded(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command; whatever goes wrong is one paragraph on standard error."""
    try:
        code = command(arguments)
        return code if _flush() else 1
    except FileError as error:
        return _complain(str(error), 2)
    except BrokenPipeError:
        _flush()
        return 1
    except KeyboardInterrupt:
        return _complain("Interrupted.", 1)
    except Exception as error:
        fault = getattr(error, "fault", None)
        if fault is not None:
            return _complain(str(fault), 1)
        return _complain(
            f"Something went wrong inside the program ({type(error).__name__}: {error}). Please report this.",
            1,
        )


def _complain(message: str, code: int) -> int:
    print(f"gradarium: {message}", file=sys.stderr)
    return code


def _open_window(arguments: argparse.Namespace) -> int:
    from gui_app import platform_check

    file: Path | None = arguments.file
    if file is not None:
        _look_at(file)  # an unreadable file is told here, not in a window
    problem = platform_check.explain()
    if problem:
        return _complain(problem, 1)
    from gui_app.app import open_window

    return open_window(file)


def _look_at(file: Path) -> None:
    """Raises FileError where the window could not open it."""
    from gui_app.files.table_names import is_table

    if is_table(file):
        from gui_app.files.tables import preview

        preview(file)
    else:
        from gui_app.files.experiment import read_experiment

        read_experiment(file)


def _run(arguments: argparse.Namespace) -> int:
    from gui_app.commands.run import run

    return run(arguments)


def _render(arguments: argparse.Namespace) -> int:
    from gui_app.commands.render import render

    return render(arguments)


def _verify(arguments: argparse.Namespace) -> int:
    from gui_app.commands.verify import verify

    return verify(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from gui_app.commands.check import check

    return check(arguments)


def _script(arguments: argparse.Namespace) -> int:
    from gui_app.commands.script import script

    return script(arguments)


def _compare(arguments: argparse.Namespace) -> int:
    from gui_app.commands.compare import compare

    return compare(arguments)


def _parser(command: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"gradarium {command}".strip(),
        description=description,
        epilog=epilog,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _window_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser(
        "",
        "A laboratory for gradients: the autograd graph, the descent and the loss, locked to one step.",
        "Without a window:\n"
        "  gradarium run     run an experiment and print where it ends\n"
        "  gradarium render  write a picture of the graph, the loss or the descent\n"
        "  gradarium compare run it with several optimizers or learning rates, and rank them\n"
        "  gradarium script  write it as a plain PyTorch script\n"
        "  gradarium verify  check the numbers that the lessons promise\n"
        "  gradarium check   see whether experiments and programs can be evaluated\n"
        "Each explains itself with --help. A file that is named like one of them is opened as ./run.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an experiment or a table to open")
    parser.add_argument("--version", action="version", version=f"gradarium {__version__}")
    return parser, _open_window


def _run_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser("run", "Run an experiment and print where it ends.")
    _add_source(parser)
    _add_steps(parser)
    parser.add_argument("--device", metavar="D", help="cpu, cuda, cuda:N or mps")
    parser.add_argument(
        "--history", type=types.output, metavar="OUT.csv", help="write one row a step to this file"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser, _run


def _render_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser(
        "render",
        "Write one view of an experiment at one step as a picture, or a pass over its graph as an animation.",
        "gradarium render A6 --view backward -o backward.gif\n"
        "gradarium render A6 --view backward --frame 8 -o moment.svg\n"
        "gradarium render C4 --view graph --at 3 -o graph.pdf",
    )
    _add_source(parser)
    parser.add_argument(
        "--view",
        choices=("graph", "loss", "descent", "window", "backward", "forward"),
        required=True,
        help="what to draw; backward and forward are passes over the graph, node by node",
    )
    parser.add_argument(
        "--at", type=types.natural, metavar="STEP", help="the step to show; by default the last"
    )
    _add_steps(parser)
    parser.add_argument("--size", type=types.size, metavar="WxH", help="width and height, at least 320x200")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="the colours of a picture"
    )
    parser.add_argument(
        "--scale",
        type=types.scale,
        default=1.0,
        help=f"pixels per point of a PNG or animation, from 1 to {types.MOST_SCALE}",
    )
    parser.add_argument(
        "--saved", action="store_true", help="draw the tensors saved for the backward pass too"
    )
    parser.add_argument(
        "--unrolled", action="store_true", help="draw every repeated part of the graph in full"
    )
    parser.add_argument(
        "--frame",
        type=types.natural,
        metavar="N",
        help="of a pass as one picture: the frame; by default the last",
    )
    parser.add_argument(
        "--fps",
        type=types.fps,
        default=15.0,
        metavar="F",
        help="pictures a second of an animation, from 1 to 60",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=types.output,
        required=True,
        metavar="OUT",
        help="the file to write: .png, .svg or .pdf; for the graph also .json, .dot or .gv (DOT as torchviz writes "
        "it); for a pass also .gif or .mp4",
    )
    return parser, _render


def _script_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser(
        "script",
        "Write an experiment as a plain PyTorch script that takes the same steps, number for number.",
    )
    _add_source(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=types.output,
        metavar="OUT.py",
        help="the file to write; by default it is printed",
    )
    return parser, _script


def _verify_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser("verify", "Run the lessons and print expected beside obtained.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="lessons to check; by default all")
    return parser, _verify


def _check_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser(
        "check", "Evaluate each experiment once, forward and backward, and print what is wrong with it."
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="experiments (.toml), or bare programs (.py, .txt)"
    )
    return parser, _check


def _compare_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser(
        "compare",
        "Run an experiment with several optimizers, learning rates or momenta, and print them ranked.",
        "All have the same start, seed and budget. Lists are comma-separated.",
    )
    _add_source(parser)
    parser.add_argument(
        "--optimizers",
        type=types.words,
        metavar="NAMES",
        help="Adam,SGD … or all, which is meant if no list is given",
    )
    parser.add_argument(
        "--default-rates",
        action="store_true",
        help="torch's default learning rate for each optimizer, not the file's",
    )
    parser.add_argument(
        "--learning-rates",
        type=types.numbers,
        nargs="?",
        const=[],
        metavar="RATES",
        help="0.01,0.1 …; without a list, values around the file's",
    )
    parser.add_argument(
        "--momenta", type=types.numbers, metavar="MOMENTA", help="0,0.9 … of the file's optimizer"
    )
    _add_steps(parser)
    parser.add_argument(
        "--evaluations",
        type=types.natural,
        metavar="N",
        help="instead of steps: how often each may evaluate the objective and its gradient",
    )
    parser.add_argument(
        "--by", choices=RANKINGS, default="loss", help="what to rank by, the least first; by default the loss"
    )
    parser.add_argument(
        "--below",
        type=float,
        default=1e-3,
        metavar="LOSS",
        help="count the steps until the loss is below this",
    )
    parser.add_argument(
        "--csv", type=types.output, metavar="OUT", help="also write the table as CSV, in full precision"
    )
    return parser, _compare


COMMANDS: dict[str, Callable[[], tuple[argparse.ArgumentParser, Command]]] = {
    "run": _run_parser,
    "render": _render_parser,
    "compare": _compare_parser,
    "script": _script_parser,
    "verify": _verify_parser,
    "check": _check_parser,
}
"""By the word that comes first on the command line."""


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("experiment", metavar="FILE-or-LESSON", help=_SOURCE)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the file: optimizer.lr=0.1 or lr=0.1, optimizer=Adam, parameters.x.value=3 or x=3, "
        "which fills the shape of x (repeatable)",
    )


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=types.natural, metavar="N", help="how many steps to take")
