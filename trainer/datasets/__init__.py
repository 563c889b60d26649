"""Tables and baselines found by name: those that ship with the program, and the baselines that a person saved."""

import difflib
import re
from pathlib import Path

from checks.errors import InputError

FOLDER = Path(__file__).resolve().parent
BASELINES = FOLDER / "baselines"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def list_names() -> tuple[str, ...]:
    """Return the names of the shipped tables, sorted."""
    return tuple(sorted(manifest.parent.name for manifest in FOLDER.glob("*/manifest.json")))


def list_baselines() -> tuple[str, ...]:
    """Return the names of the shipped baselines, sorted."""
    return tuple(sorted(path.stem for path in BASELINES.glob("*.json")))


def find_saved_folder() -> Path:
    """Return where baselines are saved: $XDG_DATA_HOME/amn-tui/baselines; it need not exist yet."""
    from platformdirs import user_data_path

    return user_data_path("amn-tui") / "baselines"


def list_saved() -> tuple[str, ...]:
    """Return the names of the baselines that a person saved, sorted, without those that ship under the same name."""
    try:
        found = [path.stem for path in find_saved_folder().glob("*.json") if NAME.fullmatch(path.stem)]
    except OSError:
        return ()
    return tuple(sorted(set(found) - set(list_baselines())))


def resolve(name_or_path: str, source: Path | str = "data", key: str = "") -> Path:
    """Return the folder of a shipped table, or an existing path; a name wins over a path of the same spelling.

    Write ./NAME for a path that is spelled like a shipped name. Raises InputError, which names `source` and `key`,
    when it is neither.
    """
    if name_or_path in list_names():
        return FOLDER / name_or_path
    return _resolve_path(name_or_path, source, key, "a table folder or an npz file", list_names())


def resolve_baseline(name_or_path: str, source: Path | str = "baseline", key: str = "") -> Path:
    """Return the file of a shipped or a saved baseline, or an existing path; raises InputError when it is neither.

    A shipped name wins over a saved one, and a name over a path of the same spelling.
    """
    if name_or_path in list_baselines():
        return BASELINES / f"{name_or_path}.json"
    if name_or_path in list_saved():
        return find_saved_folder() / f"{name_or_path}.json"
    return _resolve_path(name_or_path, source, key, "a baseline's .json file", list_baselines(), list_saved())


def _resolve_path(
    value: str, source: Path | str, key: str, kind: str, names: tuple[str, ...], saved: tuple[str, ...] = ()
) -> Path:
    path = _find_path(value)
    if path is not None:
        return path
    nearest = difflib.get_close_matches(value[:200], (*names, *saved), n=1)
    own = f", or a saved one: {', '.join(saved)}" if saved else ""
    hint = f" (did you mean {nearest[0]}?)" if nearest else ""
    raise InputError(source, key, value, f"{kind} that exists, or a shipped name: {', '.join(names)}{own}{hint}")


def _find_path(value: str) -> Path | None:
    try:
        path = Path(value).expanduser()
        return path if value and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long a name, a null byte in it, the home of nobody
        return None
