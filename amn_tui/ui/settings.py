"""What a person has settled once: theme, character set, polling and keys, in config.toml below the XDG directory."""

import contextlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_state_path

from checks.errors import InputError

APP = "amn-tui"
THEME_NAMES = ("auto", "dark", "light", "high-contrast", "colour-blind")
KEYS_TABLE = "keys"


@dataclass(frozen=True, slots=True)
class Settings:
    """The file's values; `keys` are action -> keys, checked by `keymap.check_keys`, which knows the actions."""

    theme: str = "auto"
    ascii: bool = False  # no character beyond ASCII, whatever the locale says
    poll: bool = False
    hint: bool = True  # the line for who sees the monitor for the first time
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: bool = True  # whether the terminal's title tells of the run


DEFAULTS = Settings()


def find_config() -> Path:
    """Return where the file is, or would be: $XDG_CONFIG_HOME/amn-tui/config.toml."""
    return user_config_path(APP) / "config.toml"


def find_seen() -> Path:
    """Return the file whose being there says that the first-run hint has been seen."""
    return user_state_path(APP) / "hint-seen"


def remember_seen(path: Path) -> None:
    """Write down that the hint has been seen; where that cannot be, it is shown again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def read_settings(path: Path | None = None) -> Settings:
    """Return what the file says, the defaults where there is none; raises InputError for what does not fit."""
    path = path or find_config()
    try:
        raw = path.read_text("utf-8")
    except FileNotFoundError:
        return DEFAULTS
    except UnicodeDecodeError as error:
        raise InputError(path, "", f"byte {error.start} that is not UTF-8", "a TOML file") from None
    except OSError as error:
        raise InputError(path, "", error.strerror or str(error), "a file that can be read") from None
    return parse_settings(raw, path)


def parse_settings(raw: str, path: Path) -> Settings:
    """Make settings of a file's text; raises InputError naming `path`, the key, found and expected."""
    try:
        body = tomllib.loads(raw)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(path, "", str(error), "TOML") from None
    known = ("theme", "ascii", "poll", "hint", "title", KEYS_TABLE)
    for key in body:
        if key not in known:
            raise InputError(path, key, "an unknown key", f"one of {', '.join(known)}")
    theme = body.get("theme", DEFAULTS.theme)
    if theme not in THEME_NAMES:
        raise InputError(path, "theme", theme, f"one of {', '.join(THEME_NAMES)}")
    flags = {key: _read_flag(body, key, path) for key in ("ascii", "poll", "hint", "title")}
    return Settings(theme=theme, keys=_read_keys(body.get(KEYS_TABLE, {}), path), **flags)


def _read_flag(body: Mapping[str, Any], key: str, path: Path) -> bool:
    value = body.get(key, getattr(DEFAULTS, key))
    if not isinstance(value, bool):
        raise InputError(path, key, value, "true or false")
    return value


def _read_keys(table: object, path: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise InputError(path, KEYS_TABLE, table, 'a table such as [keys] with abort = "x"')
    keys: dict[str, tuple[str, ...]] = {}
    for action, value in table.items():
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(key, str) and key for key in listed):
            raise InputError(path, f"{KEYS_TABLE}.{action}", value, 'a key such as "x", or a list of keys')
        keys[action] = tuple(listed)
    return keys


def keep_theme(theme: str, path: Path | None = None) -> Path:
    """Write the theme into the file, which keeps everything else as it is; return the file.

    Raises InputError where what is there does not fit, OSError where it cannot be written.
    """
    from amn_tui.run.folder import write_whole

    path = path or find_config()
    raw = path.read_text("utf-8") if path.exists() else ""
    parse_settings(raw, path)
    lines = raw.splitlines()
    tables = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    head = tables[0] if tables else len(lines)
    found = [number for number, line in enumerate(lines[:head]) if line.partition("=")[0].strip() == "theme"]
    line = f'theme = "{theme}"'
    lines = [*lines[: found[0]], line, *lines[found[0] + 1 :]] if found else [line, *lines]
    text = "\n".join(lines) + "\n"
    parse_settings(text, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return path
