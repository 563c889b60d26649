"""The log line: one documented line per event, written by the trainer, read by anybody.

    2026-11-22T10:04:11Z config lr=0.00025 batch_size=32
    2026-11-22T10:04:12Z Epoch 1/20 step 100/20420 loss=0.001892 cosine=0.401200
    2026-11-22T10:24:40Z Epoch 1/20 done train_loss=0.002158 val_cosine=0.445686 seconds=1228.1

Any other line is text. `parse_line` is total: it never raises, whatever the line holds.
"""

import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

Value: TypeAlias = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Configured:
    """The trainer says what it really runs with; it opens a session in the log."""

    values: Mapping[str, str]
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Stepped:
    """Means over the steps since the last such line; `step` counts from 1 within the epoch."""

    epoch: int
    epochs: int
    step: int
    steps: int
    values: Mapping[str, float] = field(default_factory=dict)
    time: float | None = None


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is done and evaluated."""

    epoch: int
    epochs: int
    values: Mapping[str, float] = field(default_factory=dict)
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint is on disk under its final name; `seconds` is how long writing it took."""

    checkpoint: str
    epoch: int
    step: int
    seconds: float
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Rescored:
    """A process of its own has scored a checkpoint of `epoch` from disk; `gap` is how far off the log was."""

    checkpoint: str
    epoch: int
    val_cosine: float
    gap: float
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The trainer ends early because it was asked to, after saving `last`."""

    by: str  # "SIGTERM", or the name of the file that asked
    epoch: int
    step: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Any other line."""

    text: str


LogEvent: TypeAlias = Configured | Stepped | EpochEnded | Saved | Rescored | Stopped | Text

_STAMP = r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) "
_EPOCH = r"Epoch (?P<epoch>\d{1,9})/(?P<epochs>\d{1,9}) "
_LINE = re.compile(
    _STAMP
    + r"(?:"
    + _EPOCH
    + r"(?:step (?P<step>\d{1,12})/(?P<steps>\d{1,12})|(?P<done>done))|(?P<word>config|saved|rescored|stopped))"
    r"(?P<rest>(?: .*)?)",
    re.ASCII,
)
_PAIR = re.compile(r' (?P<key>[A-Za-z_][\w.]*)=(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]\S*|)(?=\s|$)', re.ASCII)


def round_value(value: float) -> float:
    """Round once, at birth: six decimals, or six digits below 0.001, so that log, gate and screen see one number."""
    if not math.isfinite(value):
        return value
    return round(value, 6) if abs(value) >= 1e-3 else float(f"{value:.6g}")


def format_event(event: LogEvent, now_s: float) -> str:
    """Write an event as one line without the newline; `now_s` is Unix time in seconds."""
    if isinstance(event, Text):
        return event.text
    stamp = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    match event:
        case Configured(values):
            head, pairs = "config", dict(values)
        case Stepped(epoch, epochs, step, steps, numbers):
            head, pairs = f"Epoch {epoch}/{epochs} step {step}/{steps}", _write_numbers(numbers)
        case EpochEnded(epoch, epochs, numbers):
            head, pairs = f"Epoch {epoch}/{epochs} done", _write_numbers(numbers)
        case Saved(checkpoint, epoch, step, seconds):
            head = "saved"
            pairs = {"checkpoint": checkpoint, "epoch": str(epoch), "step": str(step), "seconds": _write(seconds)}
        case Rescored(checkpoint, epoch, cosine, gap):
            head, pairs = "rescored", {"checkpoint": checkpoint, "epoch": str(epoch)}
            pairs |= {"val_cosine": _write(cosine), "rescore_gap": _write(gap)}
        case Stopped(by, epoch, step):
            head, pairs = "stopped", {"by": by, "epoch": str(epoch), "step": str(step)}
    return " ".join([f"{stamp} {head}", *(f"{key}={_quote(value)}" for key, value in pairs.items())])


def _write_numbers(numbers: Mapping[str, float]) -> dict[str, str]:
    return {key: _write(value) for key, value in numbers.items()}


def _write(value: float) -> str:
    value = round_value(float(value))
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}" if abs(value) < 1e-3 or abs(value) >= 1e15 else f"{value:.6f}".rstrip("0")


def _quote(value: str) -> str:
    return json.dumps(value) if not value or re.search(r'[\s"\\]|[^\x21-\x7e]', value) else value


def parse_line(line: str) -> LogEvent:
    """Read one line, given without its newline; what is not one of ours comes back as Text."""
    found = _LINE.fullmatch(line)
    if not found:
        return Text(line)
    try:
        return _build(found, _read_pairs(found["rest"]))
    except (ValueError, KeyError, OverflowError):
        return Text(line)


def _build(found: re.Match[str], pairs: dict[str, str]) -> LogEvent:
    time = datetime.fromisoformat(found["time"]).timestamp()
    if found["word"] == "config":
        return Configured(pairs, time)
    if found["word"] == "saved":
        return Saved(pairs["checkpoint"], int(pairs["epoch"]), int(pairs["step"]), float(pairs["seconds"]), time)
    if found["word"] == "rescored":
        cosine, gap = float(pairs["val_cosine"]), float(pairs["rescore_gap"])
        return Rescored(pairs["checkpoint"], int(pairs["epoch"]), cosine, gap, time)
    if found["word"] == "stopped":
        return Stopped(pairs["by"], int(pairs["epoch"]), int(pairs["step"]), time)
    epoch, epochs = int(found["epoch"]), int(found["epochs"])
    values = {sys.intern(key): float(value) for key, value in pairs.items() if _is_number(value)}
    if found["done"]:
        return EpochEnded(epoch, epochs, values, time)
    return Stepped(epoch, epochs, int(found["step"]), int(found["steps"]), values, time)


def _read_pairs(rest: str) -> dict[str, str]:
    """Read ` key=value` pairs; raises ValueError when anything else stands between them."""
    pairs, at = {}, 0
    for pair in _PAIR.finditer(rest):
        if pair.start() != at:
            raise ValueError("not a line of ours")
        value = pair["value"]
        pairs[pair["key"]] = str(json.loads(value)) if value.startswith('"') else value
        at = pair.end()
    if rest[at:].strip():
        raise ValueError("not a line of ours")
    return pairs


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
