"""python -m checks: preflight of a data set, or the baseline that later preflights compare with."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from checks.arguments import make_baseline_parser, make_explain_parser, make_parser
from checks.config import Settings, Sources, find_check, parse_assignment, resolve_settings
from checks.errors import InputError
from checks.installed import list_checks
from checks.measurement_cache import MeasurementCache
from checks.printer import Printer
from checks.runner import Preflight, keep_nothing, recall_nothing, run_preflight
from checks.verdict import Verdict

PASSED, BROKEN, USAGE, BLOCKED = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    # One thread: two on two shared cores were several times slower. A person may set another number.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        other = {"baseline": write_baseline, "explain": explain_checks}.get(arguments[0] if arguments else "")
        return run_checks(arguments) if other is None else other(arguments[1:])
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
    asked = make_parser().parse_args(argv)
    sources = Sources(
        asked.train, tuple(asked.ood), asked.reference, asked.context, asked.val_fraction, asked.seed, asked.plan
    )
    known = list_checks()
    settings = _read_settings(asked.set, known, full=asked.full)
    only = [find_check(name, "--only") for names in asked.only for name in names.split(",")]
    checks = [check for name, check in known.items() if name in (only or known) and settings[name]["enabled"]]
    left_out = [check.name for check in checks if check.needs_plan and asked.plan is None]
    for name in left_out:
        if name in only:
            raise InputError("--only", "", name, "--plan FILE beside it: it judges a launch plan")
    checks = [check for check in checks if check.name not in left_out]
    if not checks:
        raise InputError("--only", "", "no check", "at least one that is enabled")
    overrides = _read_overrides(asked.override)
    for name in left_out:
        sys.stderr.write(f"{name}: not run, it judges a launch plan and none was given (--plan FILE)\n")
    printer = Printer(asked.output, sys.stdout, as_json=asked.json)
    kept = None if asked.no_cache else MeasurementCache(sources, settings)
    preflight = Preflight(
        checks=checks,
        settings=settings,
        open_data=_open_once(lambda: _open_data(sources, settings, hashed=kept is not None)),
        measure_baselines=_measure_baselines,
        emit=printer.emit,
        overrides=overrides,
        recall=recall_nothing if kept is None else kept.recall,
        keep=keep_nothing if kept is None else kept.keep,
        cores=_count_cores(),
        pages={check.name: check.page for check in checks if check.page is not None},
    )
    ended = run_preflight(preflight)
    printer.close()
    return BLOCKED if ended.verdict in (Verdict.FAIL, Verdict.ERROR) else PASSED


def explain_checks(argv: Sequence[str]) -> int:
    """Print the pages of checks, of all of them without a name; as the document that ships with --markdown."""
    asked = make_explain_parser().parse_args(argv)
    from checks.handbook import write_handbook, write_pages

    names = [find_check(name, "explain") for name in asked.names]
    sys.stdout.write(write_handbook() if asked.markdown else write_pages(names))
    return PASSED


def write_baseline(argv: Sequence[str]) -> int:
    """Measure a known-good set and write its statistics."""
    asked = make_baseline_parser().parse_args(argv)
    from checks.baseline import measure_reference
    from checks.dataset import open_dataset
    from checks.reference import write_reference

    reference = measure_reference(open_dataset("train", asked.data, asked.context), asked.name)
    write_reference(asked.output, reference)
    sys.stdout.write(f"{asked.output}: {reference.windows} windows of {asked.data}\n")
    return PASSED


def _count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _open_once(open_data: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that opens the data for whoever asks first, while others wait."""
    turn, opened = threading.Lock(), cache(open_data)

    def open_in_turn() -> Any:
        with turn:
            return opened()

    return open_in_turn


def _open_data(sources: Sources, settings: Settings, *, hashed: bool) -> Any:
    from checks.data import open_data

    return open_data(sources, settings, hashed=hashed)


def _measure_baselines(data: Any) -> Mapping[str, float]:
    from checks.predictors import measure_predictors

    return measure_predictors(data)


def _read_settings(assignments: Sequence[str], known: Iterable[str], *, full: bool) -> Settings:
    given: dict[str, dict[str, object]] = {name: {} for name in known}
    for assignment in assignments:
        check, key, value = parse_assignment(assignment)
        given.setdefault(check, {})[key] = value
    return resolve_settings(given, "--set", full=full)


def _read_overrides(overrides: Sequence[str]) -> dict[str, str]:
    reasons = {}
    for override in overrides:
        name, _, reason = override.partition("=")
        if not reason.strip():
            raise InputError("--override", name, "no reason", "CHECK=REASON, why to go on although it does not pass")
        reasons[find_check(name, "--override")] = reason.strip()
    return reasons


if __name__ == "__main__":
    _end_at_once_when_asked()
    sys.exit(main())
