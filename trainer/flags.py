"""Flags made from a dataclass: each field's annotation says what it is for and accepts, once for plan and command."""

import argparse
import difflib
import math
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from checks.errors import InputError

AUTO = "auto"  # written for None: the trainer chooses
PLAIN_TEXT = r"[^\x00-\x1f\x7f]*"
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Flag:
    """What a flag is for and which values it takes: low <= value <= high, value > above, value < below."""

    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = PLAIN_TEXT
    form: str = "text on one line"  # the pattern in words; of a list, in the plural


@dataclass(frozen=True, slots=True)
class FlagType:
    """A field's flag with the type of its value; `listed` is a tuple of them, `auto` allows None."""

    flag: Flag
    type: type
    listed: bool
    auto: bool
    default: Any


@cache
def list_flags(config: type) -> dict[str, FlagType]:
    """Return the flags of a dataclass whose every field is Annotated[TYPE, Flag(...)], in order."""
    hints = typing.get_type_hints(config, include_extras=True)
    found = {}
    for item in fields(config):
        inner, flag = typing.get_args(hints[item.name])
        args = typing.get_args(inner)
        listed = typing.get_origin(inner) is tuple
        found[item.name] = FlagType(flag, args[0] if args else inner, listed, bool(args) and not listed, item.default)
    return found


def write_value(value: object) -> str:
    """Write a value as a flag and as the log's config line carry it: auto, true, 0.0005, a,b."""
    if value is None:
        return AUTO
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def name_option(name: str) -> str:
    """Return the flag of a field: batch_size is --batch-size."""
    return "--" + name.replace("_", "-")


def check_value(config: type, name: str, value: object, source: Path | str, key: str) -> Any:
    """Return the value as the field holds it; raises InputError naming `source` and `key`."""
    flags = list_flags(config)
    if name not in flags:
        raise InputError(source, key, name, f"a flag of the trainer{suggest(name, flags)}")
    kind = flags[name]
    if kind.listed:
        return _check_items(kind.flag, value, source, key)
    if kind.auto and (value is None or value == AUTO):
        return None
    if kind.type is float and type(value) is int and abs(value) < 2**53:
        value = float(value)
    if type(value) is not kind.type or not _holds(kind.flag, value):
        raise InputError(source, key, value, _say_expected(kind))
    return value


def _check_items(flag: Flag, value: object, source: Path | str, key: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise InputError(source, key, value, f"a list of {flag.form}")
    wrong = [item for item in value if not isinstance(item, str) or not item or not _holds(flag, item)]
    if wrong:
        raise InputError(source, key, wrong[0], flag.form)
    return tuple(value)


def suggest(name: str, known: typing.Iterable[str]) -> str:
    """Return ", such as KNOWN" for a slip of the pen, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", such as {near[0]}" if near else ""


def _holds(flag: Flag, value: Any) -> bool:
    if isinstance(value, str):
        return (not flag.choices or value in flag.choices) and bool(re.fullmatch(flag.pattern, value))
    return (
        math.isfinite(value)
        and (flag.low is None or value >= flag.low)
        and (flag.high is None or value <= flag.high)
        and (flag.above is None or value > flag.above)
        and (flag.below is None or value < flag.below)
    )


def _say_expected(kind: FlagType) -> str:
    flag = kind.flag
    if flag.choices:
        return "one of " + ", ".join(flag.choices)
    if kind.type is bool:
        return "true or false"
    if kind.type is str:
        return flag.form
    bounds = {"at least": flag.low, "above": flag.above, "at most": flag.high, "below": flag.below}
    limits = [f"{word} {bound:.10g}" for word, bound in bounds.items() if bound is not None]
    return f"{'auto or ' * kind.auto}{'a whole number' if kind.type is int else 'a number'} {' and '.join(limits)}"


class _Parser(argparse.ArgumentParser):
    """Mistakes are raised, for one line, not printed with the usage of thirty flags."""

    def error(self, message: str) -> NoReturn:
        raise InputError(self.prog, "", message, "flags as --help lists them")


def build_parser(config: type, prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """Make a parser whose namespace holds only the flags that were given, checked; it raises InputError."""
    parser = _Parser(
        prog=prog, description=description, epilog=epilog, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    for name, kind in list_flags(config).items():
        text = f"{kind.flag.help} [{write_value(kind.default) or 'none'}]"
        if kind.type is bool:
            parser.add_argument(name_option(name), help=text, action=argparse.BooleanOptionalAction)
            continue
        shown = "{" + ",".join(kind.flag.choices) + "}" if kind.flag.choices else kind.type.__name__.upper()
        action: type[argparse.Action] | str = _Collect if kind.listed else "store"
        read = _reader(config, name, kind, prog)
        parser.add_argument(name_option(name), help=text, type=read, metavar=shown, action=action)
    return parser


def _reader(config: type, name: str, kind: FlagType, prog: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        value = _read_number(text, kind.type)
        checked = check_value(config, name, (value,) if kind.listed else value, prog, name_option(name))
        return checked[0] if kind.listed else checked

    return read


def _read_number(text: str, kind: type) -> object:
    """Return the number when the text is one of that kind, else the text, which is then refused by its type."""
    try:
        if kind is float:
            return float(text)
    except ValueError:
        return text
    return int(text) if kind is int and WHOLE_NUMBER.fullmatch(text) else text


class _Collect(argparse.Action):
    """Gather a repeated flag into a tuple."""

    def __call__(self, _parser: Any, namespace: argparse.Namespace, values: Any, _option: str | None = None) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest, ()), values))
