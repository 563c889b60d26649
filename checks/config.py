"""What preflight may be told: from a plan's [checks], from the command line, and as arguments for its process."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from checks.errors import InputError
from checks.installed import find_installed, list_entry_points
from checks.options import ALL, OPTIONS, Option, Setting

Settings: TypeAlias = Mapping[str, Mapping[str, Setting]]  # by check, by key


@dataclass(frozen=True, slots=True)
class Sources:
    """What is checked: the paths, and how windows are cut and held out, as the trainer will do it."""

    train: Path
    ood: tuple[Path, ...] = ()
    reference: Path | None = None
    context: int = 5
    val_fraction: float = 0.1
    seed: int = 0
    plan: Path | None = None  # the launch plan's file, for the checks that look at it


def resolve_settings(
    given: Mapping[str, object], source: Path | str = "[checks]", *, full: bool = False
) -> dict[str, dict[str, Setting]]:
    """Return every check's settings with the given ones in place; raises InputError for what cannot be meant.

    Of checks that come from packages only those are looked up that are given. `full` makes every sample the whole, but
    for those whose size is given.
    """
    options = {**OPTIONS, **{check: _find_options(str(check), source) for check in given if check not in OPTIONS}}
    resolved = {
        check: {key: ALL if full and option.sampled else option.default for key, option in keys.items()}
        for check, keys in options.items()
    }
    for check, keys in given.items():
        if not isinstance(keys, Mapping):
            raise InputError(source, f"checks.{check}", keys, "a table of settings")
        for key, value in keys.items():
            resolved[check][str(key)] = _hold(check, str(key), value, options[check], source)
    return resolved


def _find_options(check: str, source: Path | str) -> Mapping[str, Option]:
    installed = find_installed(check)
    if installed is None:
        raise InputError(source, "checks", check, f"the name of a check: {suggest(check, _list_names())}")
    return installed.options


def _list_names() -> list[str]:
    return [*OPTIONS, *list_entry_points()]


def parse_assignment(text: str) -> tuple[str, str, Setting]:
    """Read "check.key=value"; raises InputError."""
    name, equals, value = text.partition("=")
    check, dot, key = name.partition(".")
    if not equals or not dot:
        raise InputError("--set", "", text, "CHECK.KEY=VALUE")
    default = resolve_settings({check: {}}, "--set")[check].get(key)
    return check, key, resolve_settings({check: {key: _read(value, default)}}, "--set")[check][key]


def build_argv(
    data: Sources,
    settings: Mapping[str, object],
    *,
    overrides: Mapping[str, str] | None = None,
    source: str = "[checks]",
) -> list[str]:
    """Return the arguments of `python -m checks`; `settings` is a plan's [checks] table.

    Raises InputError for an unknown check or key, a value of another type, nan, or one out of range.
    """
    given = {check: keys for check, keys in settings.items() if isinstance(keys, Mapping)}
    resolved = resolve_settings(settings, source)
    argv = ["--train", str(data.train), *(part for path in data.ood for part in ("--ood", str(path)))]
    argv += ["--reference", str(data.reference)] if data.reference else []
    argv += ["--context", str(data.context), "--val-fraction", repr(data.val_fraction), "--seed", str(data.seed)]
    argv += ["--plan", str(data.plan)] if data.plan else []
    for check, keys in given.items():
        argv += [part for key in keys for part in ("--set", f"{check}.{key}={_write(resolved[check][key])}")]
    for check, reason in (overrides or {}).items():
        argv += ["--override", f"{find_check(check, source)}={reason}"]
    return argv


def find_check(name: str, source: Path | str) -> str:
    """Return the name if there is such a check; raises InputError with the nearest one."""
    if name not in _list_names():
        raise InputError(source, "", name, suggest(name, _list_names()))
    return name


def suggest(found: str, known: Sequence[str]) -> str:
    """Say what was probably meant."""
    near = difflib.get_close_matches(found, known, n=1, cutoff=0.5)
    return f"{near[0]!r}" if near else f"one of {', '.join(known)}"


def _hold(check: str, key: str, value: object, options: Mapping[str, Option], source: Path | str) -> Setting:
    name = f"checks.{check}.{key}"
    option = options.get(key)
    if option is None:
        raise InputError(source, f"checks.{check}", key, f"one of its settings: {suggest(key, list(options))}")
    kind = type(option.default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or not isinstance(value, (bool, int, float, str)):
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        raise InputError(source, name, value, words[kind])
    if not isinstance(value, (bool, str)) and not option.low <= value <= option.high:  # nan is in no range
        raise InputError(source, name, value, f"a number from {option.low:g} to {option.high:g}")
    return value


def _read(text: str, default: Setting | None) -> object:
    """Read a value from the command line as the type of its default; what does not fit stays text."""
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(default, (int, float)):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def _write(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
