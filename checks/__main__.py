"""python -m checks: preflight of a data set, or the baseline that later preflights compare with."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from checks.config import Settings, Sources, find_check, parse_assignment, resolve_settings
from checks.errors import InputError
from checks.printer import Printer
from checks.registry import CHECKS
from checks.runner import Preflight, run_preflight
from checks.verdict import Verdict

PASSED, BROKEN, USAGE, BLOCKED = 0, 1, 2, 3
EXAMPLE = """examples:
  python -m checks --train wiki --ood moby --reference wiki.json --output preflight.jsonl
  python -m checks --train wiki.npz --reference wiki.json --set off_by_one.max_edge_gap=0.02 --only off_by_one
  python -m checks baseline --name wiki --data wiki --output wiki.json

exit status: 0 every check passes or warns (or is overridden), 3 one does not, 2 usage, 1 a file cannot be written"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    # One thread: two on two shared cores were several times slower. A person may set another number.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return write_baseline(arguments[1:]) if arguments[:1] == ["baseline"] else run_checks(arguments)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'output'}: {error.strerror or error}\n")
        return BROKEN


def _end_at_once_when_asked() -> None:
    """Leave SIGINT and SIGTERM to their default action: long calls into BLAS and FAISS would keep a handler waiting.

    Nothing can be half-written: an event is one write, a baseline one rename.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def run_checks(argv: Sequence[str]) -> int:
    """Run preflight; raises InputError for arguments that cannot be meant."""
    asked = _make_parser().parse_args(argv)
    sources = Sources(asked.train, tuple(asked.ood), asked.reference, asked.context, asked.val_fraction, asked.seed)
    settings = _read_settings(asked.set)
    only = [find_check(name, "--only") for names in asked.only for name in names.split(",")] or list(CHECKS)
    checks = [check for name, check in CHECKS.items() if name in only and settings[name]["enabled"]]
    if not checks:
        raise InputError("--only", "", "no check", "at least one that is enabled")
    overrides = _read_overrides(asked.override)
    printer = Printer(asked.output, sys.stdout, as_json=asked.json)
    preflight = Preflight(
        checks=checks,
        settings=settings,
        open_data=cache(lambda: _open_data(sources, settings)),
        measure_baselines=_measure_baselines,
        emit=printer.emit,
        overrides=overrides,
    )
    ended = run_preflight(preflight)
    printer.close()
    return BLOCKED if ended.verdict in (Verdict.FAIL, Verdict.ERROR) else PASSED


def write_baseline(argv: Sequence[str]) -> int:
    """Measure a known-good set and write its statistics."""
    asked = _make_baseline_parser().parse_args(argv)
    from checks.baseline import measure_reference
    from checks.dataset import open_dataset
    from checks.reference import write_reference

    reference = measure_reference(open_dataset("train", asked.data, asked.context), asked.name)
    write_reference(asked.output, reference)
    sys.stdout.write(f"{asked.output}: {reference.windows} windows of {asked.data}\n")
    return PASSED


def _open_data(sources: Sources, settings: Settings) -> Any:
    from checks.data import open_data

    return open_data(sources, settings)


def _measure_baselines(data: Any) -> Mapping[str, float]:
    from checks.predictors import measure_predictors

    return measure_predictors(data)


def _read_settings(assignments: Sequence[str]) -> Settings:
    given: dict[str, dict[str, object]] = {}
    for assignment in assignments:
        check, key, value = parse_assignment(assignment)
        given.setdefault(check, {})[key] = value
    return resolve_settings(given, "--set")


def _read_overrides(overrides: Sequence[str]) -> dict[str, str]:
    reasons = {}
    for override in overrides:
        name, _, reason = override.partition("=")
        if not reason.strip():
            raise InputError("--override", name, "no reason", "CHECK=REASON, why to go on although it does not pass")
        reasons[find_check(name, "--override")] = reason.strip()
    return reasons


def _make_parser() -> argparse.ArgumentParser:
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
    add("--output", type=Path, metavar="FILE", help="append every event to this file as it comes")
    add("--json", action="store_true", help="print the results as JSON instead of lines")
    return parser


def _make_baseline_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m checks baseline", allow_abbrev=False)
    parser.add_argument("--name", required=True, help="what to call the set")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH", help="table folder or npz, known to be good"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write the statistics")
    parser.add_argument("--context", type=_number(int, 2, 512), default=5, metavar="N")
    return parser


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"found {text}, expected {low:g} to {high:g}")
        return value

    read.__name__ = "whole number" if kind is int else "number"
    return read


if __name__ == "__main__":
    _end_at_once_when_asked()
    sys.exit(main())
