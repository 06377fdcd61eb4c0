"""The command line: the window by default, and run, render and verify without one.

Exit codes: 0 done, 1 the run or a check failed, 2 wrong use or unreadable input. Nothing is imported before it
is needed: help and complaints about a file come at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gui_app import __version__
from gui_app.files.errors import FileError

Command = Callable[[argparse.Namespace], int]
LEAST_SIZE = (320, 200)
"""Width and height of the smallest picture in which the labels have room."""
MOST_SIDE = 16384
MOST_SCALE = 100
"""A picture is written band by band: what it takes is time and disk."""
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
        from gui_app.files.experiment import read_experiment

        read_experiment(file)  # an unreadable file is told here, not in a window
    problem = platform_check.explain()
    if problem:
        return _complain(problem, 1)
    from gui_app.app import open_window

    return open_window(file)


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
        "  gradarium verify  check the numbers that the lessons promise\n"
        "  gradarium check   see whether experiments and programs can be evaluated\n"
        "Each explains itself with --help. A file that is named like one of them is opened as ./run.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an experiment file to open")
    parser.add_argument("--version", action="version", version=f"gradarium {__version__}")
    return parser, _open_window


def _run_parser() -> tuple[argparse.ArgumentParser, Command]:
    parser = _parser("run", "Run an experiment and print where it ends.")
    _add_source(parser)
    _add_steps(parser)
    parser.add_argument("--device", metavar="D", help="cpu, cuda, cuda:N or mps")
    parser.add_argument(
        "--history", type=_output, metavar="OUT.csv", help="write one row a step to this file"
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
    parser.add_argument("--at", type=_natural, metavar="STEP", help="the step to show; by default the last")
    _add_steps(parser)
    parser.add_argument("--size", type=_size, metavar="WxH", help="width and height, at least 320x200")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="the colours of a picture"
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        default=1.0,
        help=f"pixels per point of a PNG or animation, from 1 to {MOST_SCALE}",
    )
    parser.add_argument(
        "--saved", action="store_true", help="draw the tensors saved for the backward pass too"
    )
    parser.add_argument(
        "--unrolled", action="store_true", help="draw every repeated part of the graph in full"
    )
    parser.add_argument(
        "--frame", type=_natural, metavar="N", help="of a pass as one picture: the frame; by default the last"
    )
    parser.add_argument(
        "--fps", type=_fps, default=15.0, metavar="F", help="pictures a second of an animation, from 1 to 60"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=_output,
        required=True,
        metavar="OUT",
        help="the file to write: .png, .svg or .pdf; for the graph also .json, .dot or .gv (DOT as torchviz writes "
        "it); for a pass also .gif or .mp4",
    )
    return parser, _render


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


COMMANDS: dict[str, Callable[[], tuple[argparse.ArgumentParser, Command]]] = {
    "run": _run_parser,
    "render": _render_parser,
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
    parser.add_argument("--steps", type=_natural, metavar="N", help="how many steps to take")


def _natural(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x800")
    width, height = int(match[1]), int(match[2])
    if not (LEAST_SIZE[0] <= width <= MOST_SIDE and LEAST_SIZE[1] <= height <= MOST_SIDE):
        least, most = f"{LEAST_SIZE[0]}x{LEAST_SIZE[1]}", f"{MOST_SIDE}x{MOST_SIDE}"
        raise argparse.ArgumentTypeError(f"{text} is out of range: at least {least}, at most {most}")
    return width, height


def _scale(text: str) -> float:
    return _between(text, 1, MOST_SCALE)


def _fps(text: str) -> float:
    return _between(text, 1, 60)


def _between(text: str, least: float, most: float) -> float:
    with contextlib.suppress(ValueError):
        if least <= float(text) <= most:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")


def _output(text: str) -> Path:
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder: name a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path
