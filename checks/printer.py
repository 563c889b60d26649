"""Where events of preflight go: a line each to a file, and to people a line for each check."""

import json
from pathlib import Path
from typing import Any, TextIO

from checks.jsonl import append_line, encode_line
from checks.result import CheckEnded, PreflightEnded, PreflightEvent


class Printer:
    """Takes the events of one preflight."""

    def __init__(self, output: Path | None, stream: TextIO, *, as_json: bool) -> None:
        """Append events to `output`; write to `stream` a line per check, or at the end one JSON list."""
        self.output, self.stream, self.as_json = output, stream, as_json
        self.results: list[dict[str, Any]] = []

    def emit(self, event: PreflightEvent) -> None:
        """Take one event; raises OSError as the file system gives it."""
        if self.output is not None:
            append_line(self.output, event)
        if isinstance(event, CheckEnded):
            self.results.append(shape_result(event))
        if not self.as_json and isinstance(event, (CheckEnded, PreflightEnded)):
            line = format_check(event) if isinstance(event, CheckEnded) else format_end(event)
            self.stream.write(line + "\n")
            self.stream.flush()

    def close(self) -> None:
        """Write the JSON list, where that was asked for."""
        if self.as_json:
            self.stream.write(json.dumps(self.results, indent=2, ensure_ascii=False) + "\n")
            self.stream.flush()


def shape_result(event: CheckEnded) -> dict[str, Any]:
    """Return an ended check as JSON for people's scripts; nan and inf are the strings "nan" and "inf"."""
    body: dict[str, Any] = json.loads(encode_line(event))
    keys = ("check", "verdict", "control", "measured", "expected", "detail", "seconds", "overridden")
    return {key: body[key] for key in keys}


def format_check(event: CheckEnded) -> str:
    """Say an ended check in one line."""
    control = f" [control: {event.control.broken}: {event.control.verdict}]" if event.control else ""
    overridden = f" (overridden: {event.overridden})" if event.overridden else ""
    expected = f"; expected {event.expected}" if event.expected and event.verdict.severity >= 1 else ""
    line = f"{event.verdict:<5} {event.check:<20} {event.detail}{expected}{overridden}{control} {event.seconds:.1f} s"
    return mask_controls(line)


def mask_controls(text: str) -> str:
    """Return text that a terminal only draws: controls, escapes and what reorders text become U+FFFD."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def format_end(event: PreflightEnded) -> str:
    """Say the end of preflight in one line."""
    baselines = " ".join(f"{name}={value:.3f}" for name, value in event.baselines.items())
    return f"{event.verdict:<5} preflight            {event.detail or baselines} {event.seconds:.1f} s"
