"""One event a line, as JSON: how every .jsonl file of a run folder is written and read."""

import dataclasses
import errno
import json
import math
import os
import re
import types
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

Event = TypeVar("Event")
NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def name_event(kind: type) -> str:
    """Return the name that a line carries for an event class: CheckEnded is check_ended."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def encode_line(event: Any, **more: Any) -> bytes:
    """Write a dataclass, and `more` keys beside its own, as one JSON line.

    JSON has no nan or inf, so they become the strings "nan", "inf", "-inf".
    """
    body = {"event": name_event(type(event)), **_plain(event), **_plain(more)}
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace") + b"\n"


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case float() if not math.isfinite(value):
            return str(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case Path():
            return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def decode_line(line: str | bytes, kinds: Iterable[type[Event]]) -> Event | None:
    """Read one line as one of `kinds`; None for a line that is torn, foreign, or of a kind not asked for."""
    try:
        body = json.loads(line)
        kind = {name_event(kind): kind for kind in kinds}[body["event"]]
        return build(kind, body)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def build(kind: type[Event], body: Mapping[str, Any]) -> Event:
    """Make a dataclass of a JSON object; unknown keys are left out, so that an older reader survives a newer writer.

    Raises ValueError or TypeError when a key is missing or of another type.
    """
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    hints = _hints(typing.cast("Any", kind))
    return kind(**{f.name: _shaped(body[f.name], hints[f.name]) for f in fields if f.name in body})


def _shaped(value: Any, hint: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _first_shape(value, args)
    if origin is tuple:
        return tuple(_shaped(item, args[0]) for item in _is(value, list))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _shaped(item, args[1]) for key, item in _is(value, dict).items()}
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), _is(value, dict))
    if hint is float:
        return NONFINITE[value] if isinstance(value, str) and value in NONFINITE else float(_is(value, (int, float)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return value if hint is Any else _is(value, hint)


def _first_shape(value: Any, hints: tuple[Any, ...]) -> Any:
    for hint in sorted(hints, key=lambda hint: hint is float):  # an int stays an int where both are allowed
        try:
            return _shaped(value, hint)
        except (TypeError, ValueError, KeyError):
            continue
    raise TypeError(f"{value!r} is none of {hints}")


def _is(value: Any, hint: Any) -> Any:
    kinds = hint if isinstance(hint, tuple) else (hint,)
    if not isinstance(value, hint) or (isinstance(value, bool) and bool not in kinds):
        raise TypeError(f"{value!r} is not {hint}")
    return value


def append_line(path: Path, event: Any, **more: Any) -> None:
    """Append one event, and `more` keys beside its own, with one write; a torn last line is closed first.

    Raises OSError as the file system gives it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        line = (b"\n" if torn else b"") + encode_line(event, **more)
        try:
            written = os.write(descriptor, line)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        if written < len(line):  # what a disk that fills up takes is half a line
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(descriptor)
