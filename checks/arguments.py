"""The command lines of python -m checks."""

import argparse
from collections.abc import Callable
from pathlib import Path

from checks.registry import CHECKS

EXAMPLE = """examples:
  python -m checks --train wiki --ood moby --reference wiki.json --output preflight.jsonl
  python -m checks --train wiki.npz --reference wiki.json --set off_by_one.max_edge_gap=0.02 --only off_by_one
  python -m checks explain off_by_one
  python -m checks baseline --name wiki --data wiki --output wiki.json

exit status: 0 every check passes or warns (or is overridden), 3 one does not, 2 usage, 1 a file cannot be written"""


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks", description="Prove a data set before training on it.", epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("--train", type=Path, required=True, metavar="PATH", help="table folder or npz of the training set")
    add("--ood", type=Path, nargs="+", default=[], action="extend", metavar="PATH", help="tables or npz of OOD sets")
    add("--reference", type=Path, metavar="FILE", help="baseline of a known-good set, or such a set itself")
    add("--context", type=_number(int, 2, 512), default=5, metavar="N", help="vectors in a context (5)")
    add("--val-fraction", type=_number(float, 1e-6, 1 - 1e-6), default=0.1, metavar="X", help="held out (0.1)")
    add("--seed", type=_number(int, 0, 2**63 - 1), default=0, metavar="N", help="of the split and of samples (0)")
    add("--set", default=[], action="append", metavar="CHECK.KEY=VALUE", help="a threshold or a sample size")
    add("--override", default=[], action="append", metavar="CHECK=REASON", help="go on although this check fails")
    add("--only", default=[], action="append", metavar="NAMES", help=f"of {', '.join(CHECKS)}")
    add("--plan", type=Path, metavar="FILE", help="the launch plan, for the checks that look at it")
    add("--full", action="store_true", help="measure everything and no sample: hours, on a large set")
    add("--no-cache", action="store_true", help="measure anew, and keep nothing for the next time")
    add("--output", type=Path, metavar="FILE", help="append every event to this file as it comes")
    add("--json", action="store_true", help="print the results as JSON instead of lines")
    return parser


def make_baseline_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m checks baseline", allow_abbrev=False)
    parser.add_argument("--name", required=True, help="what to call the set")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH", help="table folder or npz, known to be good"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write the statistics")
    parser.add_argument("--context", type=_number(int, 2, 512), default=5, metavar="N")
    return parser


def make_explain_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m checks explain", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="CHECK")
    parser.add_argument("--markdown", action="store_true", help="docs/checks.md: all of ours, with their settings")
    return parser


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"found {text}, expected {low:g} to {high:g}")
        return value

    read.__name__ = "whole number" if kind is int else "number"
    return read
