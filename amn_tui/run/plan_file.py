"""The launch plan as a TOML file: find, read, override, check, write."""

import difflib
import re
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
from checks.band import Band
from checks.errors import InputError
from checks.gate import Action, Gate

MAX_BYTES = 1_000_000
SHIPPED = resources.files("amn_tui") / "plans"
SECTIONS = {"run": RunSection, "data": DataSection, "prepared": Prepared}
LISTS: dict[str, type[Any]] = {"gates": Gate, "bands": Band}
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
    if not path.is_file():
        near = difflib.get_close_matches(name, list_shipped(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError("PLAN", "", name, f"a plan file or one of {', '.join(list_shipped())}{hint}")
    return path


def read_plan(path: Path, overrides: Iterable[str] = ()) -> Plan:
    """Read a plan file, apply `section.key=value` overrides, and check it; raises InputError for what does not fit."""
    body = _read_toml(path)
    for override in overrides:
        _override(body, override)
    return build_plan(body, path)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise InputError(path, "", "more than 1 MB", "a launch plan")
        return tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a readable plan file") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "", f"a byte that is not UTF-8 at {error.start}", "UTF-8 text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(path, "", "text that is not TOML", str(error)) from error


def _override(body: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    parts = key.strip().split(".")
    if not sign or len(parts) < 2 or not all(parts):
        raise InputError("--set", "", override, "section.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
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
        parts[key] = tuple(_build(kind, _rename(row, key), path, f"{key}[{i}]") for i, row in enumerate(rows))
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


def _rename(row: Any, key: str) -> Any:
    if key != "gates" or not isinstance(row, dict):
        return row
    row = {GATE_WORDS.get(word, word): value for word, value in row.items()}
    if row.pop("every", False) is True:
        row.setdefault("start", 1)
    return row


def _build(kind: type[Any], row: Any, path: Path, key: str) -> Any:
    _is_kind(row, dict, path, key, "a table")
    _refuse_unknown(row, [field.name for field in fields(kind)], path, key)
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
    if words.startswith("Invalid enum value"):
        expected = f"one of {', '.join(Action)}"
    return InputError(path, f"{key}.{place}", row.get(place.partition("[")[0]), expected)


def _refuse_unknown(row: Mapping[str, Any], known: list[str], path: Path, key: str) -> None:
    for name in row:
        if name not in known:
            words = [word for word in known if word not in GATE_WORDS.values()]
            near = difflib.get_close_matches(name, words, 1)
            expected = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(words)}"
            raise InputError(path, f"{key}.{name}" if key else name, "an unknown key", expected)


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
