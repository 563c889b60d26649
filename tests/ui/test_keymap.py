"""A person's own keys: what is an action, what is a key, and that no key does two things."""

from pathlib import Path

import pytest
from textual.binding import Binding

from amn_tui.ui.app import MonitorApp
from amn_tui.ui.keymap import check_keys, is_key, list_actions, list_keys, name_key, show_key, write_key
from amn_tui.ui.screens.monitor import list_groups
from checks.errors import InputError

GROUPS = list_groups(MonitorApp.BINDINGS)
PATH = Path("config.toml")


@pytest.mark.parametrize(
    "key", ["x", "G", "?", ":", "f5", "ctrl+x", "shift+left", "space", "pagedown", "question_mark"]
)
def test_what_a_terminal_may_send_is_a_key(key: str) -> None:
    assert is_key(name_key(key))


@pytest.mark.parametrize("key", ["", "hyper+q", "left arrow", "xx", "ctrl+", "\n"])
def test_anything_else_is_none(key: str) -> None:
    assert not is_key(name_key(key))


def test_keys_are_written_as_people_know_them() -> None:
    assert [show_key(name_key(key)) for key in ("?", "a", "pagedown")] == ["?", "a", "page down"]
    assert [write_key(name_key(key)) for key in ("?", "a", "pagedown")] == ["?", "a", "pagedown"]


def test_the_shipped_keys_do_one_thing_each() -> None:
    check_keys({}, GROUPS, PATH)
    check_keys(
        {name: [write_key(key) for key in list_keys(b, {})] for name, b in list_actions(GROUPS).items()}, GROUPS, PATH
    )


def test_two_actions_may_change_places() -> None:
    keys = {"abort": ("q",), "leave": ("a",)}
    check_keys(keys, GROUPS, PATH)
    assert list_keys(list_actions(GROUPS)["abort"], keys) == ["q"]
    assert list_keys(Binding("down,j", "move", "down"), keys) == ["down", "j"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"abrot": ("x",)}, "config.toml: keys.abrot: found 'an unknown action', expected one of abort, "),
        ({"abort": ("hyper+q",)}, "keys.abort: found 'hyper+q', expected a key such as"),
        ({"abort": ("q",)}, "keys.abort: found 'q', expected a key that 'leave' does not have"),
        ({"abort": ("x",), "waive": ("x",)}, "found 'x', expected a key that"),
        ({"abort": ("ctrl+c",)}, "keys.abort: found 'ctrl+c', expected a key that 'detach, abort or cancel' does not"),
        ({"row-down": ("q",)}, "keys.row-down: found 'q', expected a key that 'leave' does not have"),
        ({"abort": ("j",)}, "keys.abort: found 'j', expected a key that"),
    ],
)
def test_what_cannot_be_is_told(keys: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(InputError) as told:
        check_keys(keys, GROUPS, PATH)
    assert words in str(told.value)
