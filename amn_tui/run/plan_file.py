"""The launch plan as a TOML file: find, read, override, check, write."""

import difflib
import errno
import hashlib
import math
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from amn_tui.run.folder import check_name
from amn_tui.run.plan import SCHEMA, DataSection, Plan, Prepared, RunSection
from amn_tui.run.secret import mask_text
from checks.band import Band
from checks.errors import InputError
from checks.gate import Action, Gate
from trainer.config import TrainConfig
from trainer.flags import list_flags

MAX_BYTES = 1_000_000
MARK_LENGTH = 16
LONGEST_NAME = 100  # beyond it there is no nearest key, and looking for one would take minutes
SHIPPED = resources.files("amn_tui") / "plans"
SECTIONS = {"run": RunSection, "data": DataSection, "prepared": Prepared}
LISTS: dict[str, type[Any]] = {"gates": Gate, "bands": Band}
KINDS = {"int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "array": "a list",
         "object": "a table"}  # fmt: skip
# TOML reads better with words that Python keeps for itself.
GATE_WORDS = {"from": "start", "for": "patience"}


def list_shipped() -> list[str]:
    """Return the names of the plans that ship with the program."""
    return sorted(item.name.removesuffix(".toml") for item in SHIPPED.iterdir() if item.name.endswith(".toml"))


def find_plan(name: str) -> Path:
    """Return the file of a shipped name or a path; raises InputError when it is neither."""
    if name in list_shipped():
        return Path(str(SHIPPED / f"{name}.toml"))
    path = Path(name)
    try:
        there = path.is_file()
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a plan file that you may read") from error
    if not there:
        near = difflib.get_close_matches(name, list_shipped(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError("PLAN", "", name, f"a plan file or one of {', '.join(list_shipped())}{hint}")
    return path


def read_plan(path: Path, overrides: Iterable[str] = ()) -> Plan:
    """Read a plan file, apply `section.key=value` overrides, and check it; raises InputError for what does not fit."""
    body = _parse(_read_bytes(path), path)
    changed = list(overrides)
    for override in changed:
        _override(body, override)
    plan = build_plan(body, path)
    # Whoever shortens a run on the command line means it, and a run folder's own plan may be of such a run.
    if plan.prepared is None and not any(override.startswith("train.epochs=") for override in changed):
        refuse_unreachable(plan, path)
    return plan


def read_own_plan(path: Path) -> tuple[Plan, str]:
    """Return the plan of a run folder, never through a link, and the mark by which it is known from a changed one."""
    raw = _read_bytes(path, os.O_NOFOLLOW)
    return parse_plan(raw, path), hashlib.sha256(raw).hexdigest()[:MARK_LENGTH]


def parse_plan(raw: bytes, path: Path) -> Plan:
    """Make a plan of a file's content; raises InputError naming `path`, the key, found and expected."""
    return build_plan(_parse(raw, path), path)


def _read_bytes(path: Path, flags: int = 0) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(path, "", "not a regular file", "a launch plan")
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise InputError(path, "", "more than 1 MB", "a launch plan")
    except OSError as error:
        found = "a symbolic link" if error.errno == errno.ELOOP else error.strerror or "an error"
        raise InputError(path, "", found, "a readable plan file") from error
    return raw


def _parse(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(path, "", f"a byte that is not UTF-8 at {error.start}", "UTF-8 text") from error
    except (ValueError, RecursionError) as error:  # also a number of more digits than Python reads
        raise InputError(path, "", "text that is not TOML", str(error)) from error


def _override(body: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    parts = key.strip().split(".")
    if not sign or len(parts) < 2 or not all(parts):
        raise InputError("--set", "", override, "section.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()  # a bare word needs no quotes on a command line
    table = body
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise InputError("--set", key, override, "a key of a table (gates and bands are changed in the file)")
    table[parts[-1]] = value


def build_plan(body: Mapping[str, Any], path: Path) -> Plan:
    """Make a plan of a TOML document's content; raises InputError naming file, key, found and expected."""
    _refuse_newer(body.get("prepared"), path)
    _refuse_unknown(body, [*SECTIONS, *LISTS, "train", "checks"], path, "")
    if "run" not in body:
        raise InputError(path, "run", "nothing", "a [run] section with a name")
    parts: dict[str, Any] = {key: _build(kind, body[key], path, key) for key, kind in SECTIONS.items() if key in body}
    for key, kind in LISTS.items():
        rows = _is_kind(body.get(key, []), list, path, key, f"[[{key}]] tables")
        parts[key] = tuple(
            _build(kind, _rename(row, path, f"{key}[{i}]"), path, f"{key}[{i}]") for i, row in enumerate(rows)
        )
    train = _is_kind(body.get("train", {}), dict, path, "train", "a table")
    checks = _is_kind(body.get("checks", {}), dict, path, "checks", "a table")
    for name, settings in checks.items():
        _is_kind(settings, dict, path, f"checks.{name}", "a table of settings")
    plan = Plan(**parts, train=train, checks=checks)
    check_name(plan.run.name, path)
    _refuse_duplicates([gate.name for gate in plan.gates], path)
    return plan


def _refuse_newer(prepared: Any, path: Path) -> None:
    """Say which version to install, rather than what of a newer run folder cannot be understood."""
    schema = prepared.get("schema", SCHEMA) if isinstance(prepared, dict) else SCHEMA
    if isinstance(schema, int) and schema > SCHEMA:
        expected = f"at most {SCHEMA}: amn-tui {prepared.get('version', '')} wrote it, install that or a later one"
        raise InputError(path, "prepared.schema", schema, expected)


def _rename(row: Any, path: Path, key: str) -> Any:
    """Return a gate's table with the words that Python keeps for itself replaced; other tables as they are."""
    if not key.startswith("gates[") or not isinstance(row, dict):
        return row
    for word, name in GATE_WORDS.items():
        if word in row and name in row:
            raise InputError(path, f"{key}.{name}", row[name], f"nothing beside {word!r}, which says the same")
    row = {GATE_WORDS.get(word, word): value for word, value in row.items()}
    if _is_kind(row.pop("every", False), bool, path, f"{key}.every", "true or false"):
        if "start" in row:
            raise InputError(path, f"{key}.from", row["start"], "nothing beside every = true")
        row["start"] = 1
    return row


def _build(kind: type[Any], row: Any, path: Path, key: str) -> Any:
    _is_kind(row, dict, path, key, "a table")
    _refuse_unknown(row, [field.name for field in fields(kind)], path, key)
    for name, value in row.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(path, f"{key}.{name}", value, "a finite number")
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise _tell(error, row, path, key) from error


def _tell(error: msgspec.ValidationError, row: Mapping[str, Any], path: Path, key: str) -> InputError:
    """Turn a validation error into file, key, found and expected; a value of the wrong kind names its place."""
    words, _, place = str(error).partition(" - at `$.")
    place = place.rstrip("`")
    if not place:
        return InputError(path, key, "values that do not fit together", words)
    expected = re.sub(r"^Expected (.*), got `\w+`$", r"\1", words).replace("`", "").replace(" | null", "")
    expected = " or ".join(KINDS.get(kind, kind) for kind in expected.split(" | "))
    if words.startswith("Invalid enum value"):
        expected = f"one of {', '.join(Action)}"
    names = {name: word for word, name in GATE_WORDS.items()}
    name, _, item = place.partition("[")
    found = row.get(name)
    if item.rstrip("]").isdecimal() and isinstance(found, list):  # the item alone: others may be secrets
        found = found[int(item.rstrip("]"))]
    shown = names.get(name, name) if key.startswith("gates[") else name
    return InputError(path, f"{key}.{shown}{place[len(name) :]}", mask_text(found), expected)


def _refuse_unknown(row: Mapping[str, Any], known: list[str], path: Path, key: str) -> None:
    for name in row:
        if name not in known:
            words = [word for word in known if word not in GATE_WORDS.values()]
            near = difflib.get_close_matches(name[:LONGEST_NAME], words, 1)
            expected = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(words)}"
            raise InputError(path, f"{key}.{name}" if key else name, "an unknown key", expected)


def refuse_unreachable(plan: Plan, path: Path) -> None:
    """Raise InputError for a gate whose epoch never comes: it would look as if it watched the run."""
    if not plan.run.is_ours:
        return
    epochs = plan.train.get("epochs", list_flags(TrainConfig)["epochs"].default)
    for number, gate in enumerate(plan.gates):
        first = gate.at or gate.start or 1
        if type(epochs) is int and first > epochs:
            key = f"gates[{number}].{'at' if gate.at else 'from'}"
            raise InputError(path, key, first, f"an epoch of the run, which has {epochs} (train.epochs)")


def _refuse_duplicates(names: list[str], path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(path, "gates", f"two gates named {name!r}", "each gate's name once")


def _is_kind(value: Any, kind: type[Any], path: Path, key: str, expected: str) -> Any:
    if not isinstance(value, kind):
        raise InputError(path, key, repr(value)[:80], expected)
    return value


def write_plan(plan: Plan) -> bytes:
    """Return the plan as TOML that `read_plan` reads back to the same plan."""
    body = _drop_empty(asdict(plan))
    for gate in body.get("gates", []):
        for word, name in GATE_WORDS.items():
            if name in gate:
                gate[word] = gate.pop(name)
    return tomli_w.dumps(body).encode("utf-8")


def _drop_empty(value: Any) -> Any:
    """TOML has no null: what is not set is left out."""
    if isinstance(value, Mapping):
        return {str(key): _drop_empty(item) for key, item in value.items() if item is not None and item not in ({}, ())}
    if isinstance(value, (list, tuple)):
        return [_drop_empty(item) for item in value]
    return str(value) if isinstance(value, str) else value
