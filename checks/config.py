"""What each check may be told: its thresholds and sample sizes, with defaults and ranges."""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from checks.errors import InputError

Setting: TypeAlias = float | int | str | bool
Settings: TypeAlias = Mapping[str, Mapping[str, Setting]]  # by check, by key


@dataclass(frozen=True, slots=True)
class Option:
    """A setting: its default, whose type is the type it must have, and the range it must lie in."""

    default: Setting
    about: str
    low: float = -math.inf
    high: float = math.inf


def _share(default: float, about: str) -> Option:
    return Option(default, about, 0.0, 1.0)


def _cosine(default: float, about: str) -> Option:
    return Option(default, about, -1.0, 1.0)


def _count(default: int, about: str) -> Option:
    return Option(default, about, 1, 1_000_000_000)


OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "encoder_fingerprint": {
        "enabled": Option(True, "run this check"),
        "encoder_path": Option("", "folder of the encoder, to encode sampled text again; empty: not encoded again"),
        "texts": _count(32, "texts that are encoded again"),
        "min_cosine": _cosine(0.99, "least cosine of a re-encoded text to its stored vector"),
        "windows": _count(20_000, "windows sampled for the space signature"),
        "min_overlap": _share(0.25, "train: least share of the reference's directions that the space must fill"),
        "healthy_overlap": _share(0.70, "train: below this the space is only akin to the reference's, a warning"),
        "max_overlap": Option(1.3, "train: a space narrower than the reference's by this factor is another one", 1, 10),
        "min_ood_overlap": _share(0.10, "OOD: least share of the reference's directions; a rotated space has 0.00"),
        "min_mean_cosine": _cosine(-0.2, "least cosine between the mean vector and the reference's"),
        "healthy_mean_cosine": _cosine(0.5, "train: below this the mean vector is only akin, a warning"),
        "max_target_gap": _share(0.1, "most difference of overlap between contexts and their targets"),
        "max_profile_gap": _share(0.10, "train: above this difference of offset profiles, a warning"),
    },
    "eval_normalization": {
        "enabled": Option(True, "run this check"),
        "max_norm_error": _share(0.01, "most distance of the mean norm from 1"),
        "max_norm_std": _share(0.01, "most standard deviation of the norms"),
        "max_row_error": Option(0.1, "above this distance of a single norm from 1, a warning", 0.0, 1e6),
    },
    "oracle_recall": {
        "enabled": Option(True, "run this check"),
        "queries": _count(1000, "targets that are looked for"),
        "min_recall_5": _share(0.97, "least share of targets found among the first 5"),
        "min_recall_1000": _share(0.995, "least share of targets found among the first 1000"),
        "max_unexplained": _share(0.02, "above this share of first places lost to no duplicate, a warning"),
        "flat_rows": _count(100_000, "above this many rows the index is IVF instead of flat"),
    },
    "off_by_one": {
        "enabled": Option(True, "run this check"),
        "windows": _count(20_000, "windows sampled"),
        "max_edge_gap": _share(0.03, "most difference between the last step into the target and the one before"),
        "max_slot_fall": _share(0.02, "most that the cosine to the target may fall from one context slot to the next"),
        "min_successors": _share(0.99, "least share of windows whose target is found again as chunk i+1"),
        "max_crossings": _share(0.001, "most steps from window to window that change the article"),
        "min_profile_drop": _share(0.3, "least drop of the offset profile, as a share of the reference's"),
        "max_seam": _share(0.9, "most cosine across article borders, as a share of that inside articles"),
    },
    "adjacency_coherence": {
        "enabled": Option(True, "run this check"),
        "low_cosine": _cosine(0.30, "a pair below this is low"),
        "max_mean_drop": _share(0.05, "most drop of the mean against the reference; half of it is a warning"),
        "max_low_rise": _share(0.05, "most rise of the share of low pairs; half of it is a warning"),
        "min_mean": _cosine(0.40, "below this mean, a warning"),
        "min_above_shuffled": _cosine(0.10, "least distance of the mean from that of shuffled rows"),
    },
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What is checked: the paths, and how windows are cut and held out, as the trainer will do it."""

    train: Path
    ood: tuple[Path, ...] = ()
    reference: Path | None = None
    context: int = 5
    val_fraction: float = 0.1
    seed: int = 0


def resolve_settings(given: Mapping[str, object], source: Path | str = "[checks]") -> dict[str, dict[str, Setting]]:
    """Return every check's settings with the given ones in place; raises InputError for what cannot be meant."""
    resolved = {check: {key: option.default for key, option in keys.items()} for check, keys in OPTIONS.items()}
    for check, keys in given.items():
        if check not in OPTIONS:
            raise InputError(source, f"checks.{check}", "an unknown check", suggest(check, list(OPTIONS)))
        if not isinstance(keys, Mapping):
            raise InputError(source, f"checks.{check}", keys, "a table of settings")
        for key, value in keys.items():
            resolved[check][str(key)] = _hold(check, str(key), value, source)
    return resolved


def parse_assignment(text: str) -> tuple[str, str, Setting]:
    """Read "check.key=value"; raises InputError."""
    name, equals, value = text.partition("=")
    check, dot, key = name.partition(".")
    if not equals or not dot:
        raise InputError("--set", "", text, "CHECK.KEY=VALUE")
    default = resolve_settings({check: {}}, "--set")[check].get(key)
    return check, key, _hold(check, key, _read(value, default), "--set")


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
    for check, keys in given.items():
        argv += [part for key in keys for part in ("--set", f"{check}.{key}={_write(resolved[check][key])}")]
    for check, reason in (overrides or {}).items():
        argv += ["--override", f"{find_check(check, source)}={reason}"]
    return argv


def find_check(name: str, source: Path | str) -> str:
    """Return the name if there is such a check; raises InputError with the nearest one."""
    if name not in OPTIONS:
        raise InputError(source, "", name, suggest(name, list(OPTIONS)))
    return name


def suggest(found: str, known: Sequence[str]) -> str:
    """Say what was probably meant."""
    near = difflib.get_close_matches(found, known, n=1, cutoff=0.5)
    return f"{near[0]!r}" if near else f"one of {', '.join(known)}"


def _hold(check: str, key: str, value: object, source: Path | str) -> Setting:
    name = f"checks.{check}.{key}"
    option = OPTIONS[check].get(key)
    if option is None:
        raise InputError(source, name, "an unknown key", suggest(key, list(OPTIONS[check])))
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
