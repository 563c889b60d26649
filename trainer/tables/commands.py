"""The commands: measure, judge, and print a page or one JSON object."""

import dataclasses
import json
import math
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, TextIO

from checks.errors import InputError
from checks.jsonl import encode_line
from checks.printer import mask_controls
from checks.reference import write_reference
from checks.registry import Progress, keep_silent
from checks.verdict import Verdict, worst
from checks.windows import Windows
from trainer.build.progress import Progress as Bar
from trainer.junk import JunkReport, find_junk
from trainer.junk_rules import THRESHOLDS, JunkRules, read_rules
from trainer.tables.arguments import PROGRAM, parse_arguments
from trainer.tables.comparison import print_comparison
from trainer.tables.drift import judge_drift, summarize
from trainer.tables.inspection import print_inspection
from trainer.tables.measure import measure
from trainer.tables.page import lay_out
from trainer.tables.rows import open_source
from trainer.tables.sides import measure_side, open_windows_of, read_side, record_baseline
from trainer.tables.verification import print_verification, verify_data
from trainer.tables.write import refuse_existing, write_filtered

OK, BLOCKED = 0, 3
LONG_ROWS = 50_000


def run_command(argv: Sequence[str], stream: TextIO) -> int:
    """Run a command and return the exit code; raises InputError for what cannot be read."""
    asked = parse_arguments(argv)
    commands = {
        "inspect": inspect_table, "compare": compare_tables, "verify": verify_tables, "baseline": save_baseline,
        "filter": filter_table,
    }  # fmt: skip
    return commands[asked.command](asked, stream)


def inspect_table(asked: Namespace, stream: TextIO) -> int:
    """Show one table."""
    windows = open_source(asked.path, asked.context)
    measures, values = measure(windows, asked.path, follow(windows, sys.stderr))
    if asked.json:
        _write_json(_shape(measures), stream)
    else:
        page = lay_out(stream)
        page.show(stream, print_inspection(measures, values, page))
    return OK


def compare_tables(asked: Namespace, stream: TextIO) -> int:
    """Show two tables and judge B; 3 when it fails."""
    opened = [(name, open_windows_of(name, asked.context)) for name in (asked.a, asked.b)]
    read = [
        read_side(name) if windows is None else measure_side(windows, name, follow(windows, sys.stderr))
        for name, windows in opened
    ]
    measured = [(side.measures, values) for side, values in read]
    drifts = judge_drift(read[0][0], read[1][0])
    verdict = worst(drift.verdict for drift in drifts)
    if asked.json:
        found, following = summarize(drifts)
        body = {
            "verdict": verdict.value,
            "found": found,
            "next": following,
            "drifts": [_shape(drift) for drift in drifts],
        }
        _write_json({**body, "a": _shape(measured[0][0]), "b": _shape(measured[1][0])}, stream)
    else:
        page = lay_out(stream)
        page.show(stream, print_comparison(measured[0], measured[1], drifts, page))
    return BLOCKED if verdict in (Verdict.FAIL, Verdict.ERROR) else OK


def verify_tables(asked: Namespace, stream: TextIO) -> int:
    """Judge the norms of some data; 3 when they fail."""
    verification = verify_data(asked.paths, asked.context)
    verdict = verification.finding.verdict
    if asked.json:
        numbers = {
            key: str(value) if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in verification.numbers.items()
        }
        body = {"verdict": verdict.value, "found": verification.found, "next": verification.next}
        _write_json({**body, "numbers": numbers}, stream)
    else:
        page = lay_out(stream)
        page.show(stream, print_verification(verification, page))
    return BLOCKED if verdict in (Verdict.FAIL, Verdict.ERROR) else OK


def save_baseline(asked: Namespace, stream: TextIO) -> int:
    """Measure a known-good set and write its statistics, whole or not at all."""
    windows = open_source(asked.path, asked.context)
    reference = record_baseline(asked.name, asked.path, asked.context, follow(windows, sys.stderr))
    write_reference(asked.output, reference)
    adjacency = reference.adjacency
    mean = f", cos(t, t+1) {adjacency.mean:.3f}, low pairs {adjacency.low_share:.1%}" if adjacency else ""
    line = f"{asked.name}: {reference.windows:,} windows of {asked.path}{mean}"
    following = f"amn-tui data compare {shlex.quote(asked.name)} NEW"
    if asked.json:
        _write_json(
            {"name": asked.name, "path": str(asked.output), "windows": reference.windows, "next": following}, stream
        )
    else:
        plan = f'[data] reference = "{asked.name}"'
        lay_out(stream).show(stream, [mask_controls(line), f"in a plan: {plan}", f"next: {following}"])
    return OK


def filter_table(asked: Namespace, stream: TextIO) -> int:
    """Write a table without its junk, or only say what would go."""
    rules = read_rules(asked.rule, asked.set)
    windows = open_source(asked.path, asked.context)
    if not asked.dry_run:
        refuse_existing(asked.output)
        if windows.table is None:
            raise InputError(windows.path, "", "an npz", "a table folder to write another from, or --dry-run")
    report = find_junk(windows, rules, follow(windows, sys.stderr))
    if windows.table is not None and not asked.dry_run:
        write_filtered(windows.table, report, asked.output, _note(asked, rules, report))
    if asked.json:
        _write_json({**_note(asked, rules, report), "removed": [_shape(gone) for gone in report.removed]}, stream)
    else:
        end = (
            "nothing was written"
            if asked.dry_run
            else mask_controls(f"{asked.output}: {int(report.kept.sum()):,} articles")
        )
        lay_out(stream).show(stream, [*report.describe(), end])
    return OK


def follow(windows: Windows, stream: TextIO) -> Progress:
    """Return a bar on a terminal for a table that takes more than a moment."""
    rows = len(windows) if windows.table is None else windows.table.rows
    if rows < LONG_ROWS or not stream.isatty():
        return keep_silent
    bar = Bar(rows, 0, "rows", stream)
    return lambda share, _: bar.show(round(share * rows))


def _note(asked: Namespace, rules: JunkRules, report: JunkReport) -> dict[str, Any]:
    """Return what a manifest says of a filtering."""
    words = [*PROGRAM.split(), "filter", asked.path, str(asked.output), "--context", str(asked.context)]
    words += [part for name in asked.rule for part in ("--rule", name)]
    words += [part for assignment in asked.set for part in ("--set", assignment)]
    return {
        "from": mask_controls(asked.path),
        "command": mask_controls(shlex.join(words)),
        "rules": list(rules.enabled),
        "thresholds": {key: getattr(rules, key) for key in THRESHOLDS},
        "context": asked.context,
        "articles": len(report.kept),
        "articles_removed": report.counts,
        "windows": len(report.junk_windows),
        "windows_removed": int(report.junk_windows.sum()),
    }


def _shape(value: Any) -> dict[str, Any]:
    """Return a dataclass as JSON for people's scripts; nan and inf are the strings "nan" and "inf"."""
    assert dataclasses.is_dataclass(value)  # noqa: S101
    body: dict[str, Any] = json.loads(encode_line(value))
    del body["event"]
    return body


def _write_json(body: dict[str, Any], stream: TextIO) -> None:
    stream.write(json.dumps(body) + "\n")
    stream.flush()
