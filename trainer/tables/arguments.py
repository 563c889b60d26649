"""The command line of `python -m trainer.tables`, which `amn-tui data inspect` and its like pass on as it is."""

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from trainer.junk_rules import RULES, THRESHOLDS

PROGRAM = "amn-tui data"
_NAME = "a table folder, an npz, or a shipped name"
_INSPECT = """examples:
  amn-tui data inspect wikipedia
  amn-tui data inspect windows.npz --context 7 --json

exit status: 0 shown, 2 not a table or an npz"""
_COMPARE = """examples:
  amn-tui data compare wikipedia moby-dick
  amn-tui data compare 584k.npz 790k.npz --json
  amn-tui data compare 584k 790k.npz             584k: a baseline, of which only the statistics are known

A is the one that is known to be good; either may be a baseline (amn-tui baseline save), by name or as a .json file.
Verdicts are those of preflight: of the encoder (its manifest), of the space (where the vectors lie), of coherence
(check 5: FAIL when the mean of cos(t, t+1) falls by more than 5 %, or pairs below 0.30 rise by more than 5 points; WARN
at half of that, or below a mean of 0.40), and of the norms.

exit status: 0 PASS or WARN, 3 FAIL or ERROR, 2 not a table or an npz"""
_VERIFY = """examples:
  amn-tui data verify wikipedia moby-dick
  amn-tui data verify windows.npz --json

It is check 2 of preflight: the mean norm within 0.01 of 1, its deviation below 0.01, no nan or inf, no row of zeros.

exit status: 0 PASS or WARN, 3 FAIL or ERROR, 2 not a table or an npz"""


def parse_arguments(argv: Sequence[str]) -> Namespace:
    """Read the command line; wrong usage ends the process with exit code 2."""
    parser = ArgumentParser(prog=PROGRAM, description="Look at tables of vectors.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="inspect|compare|verify|baseline|filter")
    _add(commands, "inspect", "Say what a table of vectors is, in numbers.", _INSPECT).add_argument("path", help=_NAME)
    compare = _add(commands, "compare", "Say how table B differs from table A, and what that means.", _COMPARE)
    compare.add_argument("a", metavar="A", help=f"the known-good one: {_NAME}, or a baseline")
    compare.add_argument("b", metavar="B", help=f"{_NAME}, or a baseline")
    verify = _add(commands, "verify", "Say whether every vector is a unit vector.", _VERIFY)
    verify.add_argument("paths", nargs="+", metavar="DATA", help=_NAME)
    saved = _add(commands, "baseline", "Write the statistics of a known-good set (amn-tui baseline save).", "")
    saved.add_argument("path", metavar="DATA", help=_NAME)
    saved.add_argument("--name", required=True, help="what to call it")
    saved.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write")
    about = "Write a new table without the articles that are not worth training on (--filter-junk)."
    made = _add(commands, "filter", about, _say_rules())
    made.add_argument("path", metavar="IN", help=_NAME)
    made.add_argument("output", metavar="OUT", type=Path, help="the new table's folder")
    made.add_argument("--rule", action="append", default=[], metavar="NAME", help="only this rule (repeatable)")
    made.add_argument("--set", action="append", default=[], metavar="THRESHOLD=VALUE", help="another threshold")
    made.add_argument("--dry-run", action="store_true", help="write nothing, only say what would go")
    return parser.parse_args(argv)


def _add(commands: "argparse._SubParsersAction[ArgumentParser]", name: str, about: str, epilog: str) -> ArgumentParser:
    parser = commands.add_parser(
        name, description=about, epilog=epilog, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--context", type=_read_context, default=5, metavar="N", help="vectors in a context (5)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a page")
    return parser


def _say_rules() -> str:
    rules = "\n".join(f"  {name:<15} {about}" for name, about in RULES.items())
    thresholds = "\n".join(f"  {f'{key}={option.default}':<19} {option.about}" for key, option in THRESHOLDS.items())
    return f"""rules:\n{rules}

thresholds:\n{thresholds}

examples:
  amn-tui data filter wikipedia OUT --dry-run
  amn-tui data filter wikipedia prose --rule list --rule stub --set min_windows=10

exit status: 0 written (or shown), 2 bad input, or OUT is there already"""


def _read_context(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 512:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected 2 to 512")
    return int(text)
