"""The command line of `python -m trainer.convert`, which `amn-tui data convert` passes on as it is."""

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "amn-tui data convert"
DTYPES = ("float16", "float32")
HALVES = ("train", "val")
EXAMPLES = """examples:
  amn-tui data convert windows.npz table                     the original's windows, every vector once
  amn-tui data convert windows.npz table --dtype float16     in half the room
  amn-tui data convert wikipedia table --dtype float32       a table in another dtype

Where the npz gives (article, chunk) of each window, its articles become those of the table, cut where a window is
missing or its vectors are not those of the window before it. Where it does not, windows that continue the one before
them in the file, to the last bit, are joined. Either way the windows of the table are those of the npz."""


def parse_arguments(argv: Sequence[str] | None) -> Namespace:
    """Read the command line; wrong usage ends the process with exit code 2."""
    parser = ArgumentParser(
        prog=PROGRAM,
        description="Turn the original's npz of windows, or a table, into a table.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("source", metavar="SOURCE", help="an npz of windows, a table's folder, or a shipped name")
    parser.add_argument("output", metavar="OUT", type=Path, help="the new table's folder")
    kept = "default: the source's, float32 for float64 and int8"
    parser.add_argument("--dtype", choices=DTYPES, help=f"of the stored vectors ({kept})")
    parser.add_argument("--half", choices=HALVES, default="train", help="of an npz that carries both (%(default)s)")
    parser.add_argument("--json", dest="as_json", action="store_true", help="tell what was made as one JSON object")
    return parser.parse_args(argv)
