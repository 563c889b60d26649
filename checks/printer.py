"""Where events of preflight go: a line each to a file, and to people a line for each check."""

import json
import time
from pathlib import Path
from typing import Any, TextIO

from checks.jsonl import append_line, encode_line
from checks.result import CheckEnded, PreflightEnded, PreflightEvent, PreflightStarted


class Printer:
    """Takes the events of one preflight."""

    def __init__(self, output: Path | None, stream: TextIO, *, as_json: bool) -> None:
        """Append events to `output`; write to `stream` a line per check, or at the end one JSON list."""
        self.output, self.stream, self.as_json = output, stream, as_json
        self.results: dict[str, dict[str, Any]] = {}
        self._announced: tuple[str, ...] = ()
        self._next = 0
        self._waiting: dict[str, CheckEnded] = {}

    def emit(self, event: PreflightEvent) -> None:
        """Take one event; raises OSError as the file system gives it."""
        if self.output is not None:
            append_line(self.output, event)
        if isinstance(event, PreflightStarted):
            self._announced = event.checks
        if isinstance(event, CheckEnded):
            self.results[event.check] = shape_result(event)
            self._waiting[event.check] = event
        if not self.as_json and isinstance(event, (CheckEnded, PreflightEnded)):
            self._print_ended()
            if isinstance(event, PreflightEnded):
                self._print(format_end(event))

    def _print_ended(self) -> None:
        """Print checks in the order they were announced in, although those side by side end in any order."""
        for name in self._announced[self._next :]:
            if name not in self._waiting:
                break
            self._print(format_check(self._waiting.pop(name)))
            self._next += 1

    def _print(self, line: str) -> None:
        self.stream.write(line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Write the JSON list, where that was asked for."""
        if self.as_json:
            shown = [self.results[name] for name in self._announced if name in self.results]
            self._print(json.dumps(shown, indent=2, ensure_ascii=False))


def shape_result(event: CheckEnded) -> dict[str, Any]:
    """Return an ended check as JSON for people's scripts; nan and inf are the strings "nan" and "inf"."""
    body: dict[str, Any] = json.loads(encode_line(event))
    keys = ("check", "verdict", "control", "measured", "expected", "detail", "seconds", "overridden")
    return {key: body[key] for key in (*keys, "control_seconds", "measured_at")}


def format_check(event: CheckEnded) -> str:
    """Say an ended check in one line."""
    control = f" [control: {event.control.broken}: {event.control.verdict}]" if event.control else ""
    took = f"{event.seconds:.1f} s" if event.measured_at is None else say_cached(event.measured_at)
    overridden = f" (overridden: {event.overridden})" if event.overridden else ""
    expected = f"; expected {event.expected}" if event.expected and event.verdict.severity >= 1 else ""
    line = f"{event.verdict:<5} {event.check:<20} {event.detail}{expected}{overridden}{control} {took}"
    return mask_controls(line)


def say_cached(measured_at: float) -> str:
    """Say when numbers were measured that were kept, in this machine's time."""
    return time.strftime("cached, measured %Y-%m-%d %H:%M", time.localtime(measured_at))


def mask_controls(text: str) -> str:
    """Return text that a terminal only draws: controls, escapes and what reorders text become U+FFFD."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def format_end(event: PreflightEnded) -> str:
    """Say the end of preflight in one line."""
    baselines = " ".join(f"{name}={value:.3f}" for name, value in event.baselines.items())
    return f"{event.verdict:<5} preflight            {event.detail or baselines} {event.seconds:.1f} s"
