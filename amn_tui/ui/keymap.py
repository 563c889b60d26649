"""Which keys do what: read from the bindings themselves, and from what a person has put in their place."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from textual.app import App
from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS
from textual.keys import Keys as KnownKeys

from amn_tui.ui.settings import KEYS_TABLE
from checks.errors import InputError

Keys: TypeAlias = Mapping[str, Sequence[str]]  # action -> keys, as in config.toml
NO_KEYS: Keys = MappingProxyType({})  # a person has none of their own
NAMES = {"pagedown": "page down", "pageup": "page up", "escape": "esc"}


class Group(NamedTuple):
    """The bindings of one place; `beside` are those of others that are at work there too."""

    title: str
    bindings: Sequence[BindingType]
    beside: Sequence[BindingType] = ()
    is_typed_in: bool = False  # a letter is text there, and no key


MODIFIERS = ("ctrl+", "shift+", "alt+")
SPECIAL = {key.value for key in KnownKeys if not key.value.startswith("<")} | {"space"}


def name_key(key: str) -> str:
    """Return the name by which Textual knows a key: "?" is "question_mark"."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


SIGNS = {name_key(chr(code)): chr(code) for code in range(33, 127)}


def show_key(key: str) -> str:
    """Return a key as it is written on the screen."""
    return NAMES.get(key) or SIGNS.get(key, key)


def write_key(key: str) -> str:
    """Return a key as config.toml may have it: ?, x, pagedown."""
    shown = show_key(key)
    return shown if len(shown) == 1 else key


def is_key(key: str) -> bool:
    """Tell whether a terminal may send such a key: x, G, ?, f5, ctrl+x, shift+left."""
    bare = key
    while bare.startswith(MODIFIERS):
        bare = bare.partition("+")[2]
    return (len(bare) == 1 and bare.isprintable()) or bare in SIGNS or bare in SPECIAL or key in SPECIAL


def list_keys(binding: Binding, keys: Keys) -> list[str]:
    """Return the keys of a binding, by Textual's names: a person's own where there are any."""
    own = keys.get(binding.id or "")
    return [name_key(key) for key in own] if own else [key.strip() for key in binding.key.split(",")]


def find_own_keys(app: App[object]) -> Keys:
    """Return a person's own keys, as the app has them."""
    settings = getattr(app, "settings", None)
    return getattr(settings, "keys", NO_KEYS)


def say_key(keys: Keys, action: str, default: str) -> str:
    """Return the first key of an action as it is written on the screen: a person's own, else `default`."""
    return show_key(name_key(keys[action][0])) if action in keys else default


def list_actions(groups: Iterable[Group]) -> dict[str, Binding]:
    """Return the bindings that a person may give other keys, by the names that config.toml has for them."""
    bindings = [binding for group in groups for binding in group.bindings if isinstance(binding, Binding)]
    return {binding.id: binding for binding in bindings if binding.id}


def check_keys(keys: Keys, groups: Sequence[Group], path: Path) -> None:
    """Raise InputError for an action that is unknown, for what is no key, and for a key that would do two things."""
    actions = list_actions(groups)
    for action, own in keys.items():
        if action not in actions:
            raise InputError(
                path, f"{KEYS_TABLE}.{action}", "an unknown action", f"one of {', '.join(sorted(actions))}"
            )
        for key in own:
            if not is_key(name_key(key)):
                raise InputError(path, f"{KEYS_TABLE}.{action}", key, "a key such as x, G, ?, f5, ctrl+x or shift+left")
    for number, group in enumerate(groups):
        _check_group(group, keys, path, f" ({group.title})" if number else "")


def _check_group(group: Group, keys: Keys, path: Path, where: str) -> None:
    """Raise InputError for a key that would do two things in one place, or that would be text there."""
    taken: dict[str, Binding] = {}
    for binding in [*group.beside, *group.bindings]:
        if not isinstance(binding, Binding):
            continue
        _take(binding, taken, keys, path, "" if binding in group.beside else where)
        typed = [key for key in keys.get(binding.id or "", ()) if len(show_key(name_key(key))) == 1 or key == "space"]
        if group.is_typed_in and typed:
            raise InputError(path, f"{KEYS_TABLE}.{binding.id}", typed[0], "a key that types nothing, such as ctrl+n")


def _take(binding: Binding, taken: dict[str, Binding], keys: Keys, path: Path, where: str) -> None:
    for key in list_keys(binding, keys):
        other = taken.setdefault(key, binding)
        if other is binding or binding.action == other.action:
            continue
        mine, theirs = (binding, other) if binding.id in keys else (other, binding)
        if mine.id in keys:
            words = f"a key that {theirs.description!r}{where if theirs is binding else ''} does not have"
            raise InputError(path, f"{KEYS_TABLE}.{mine.id}", show_key(key), words)
