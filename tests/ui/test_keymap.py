"""A person's own keys: what is an action, what is a key, and that no key does two things."""

from pathlib import Path

import pytest
from textual.binding import Binding

from amn_tui.ui.app import MonitorApp
from amn_tui.ui.keymap import check_keys, is_key, list_actions, list_keys, name_key, show_key, write_key
from amn_tui.ui.places import list_places
from checks.errors import InputError

GROUPS = list_places(MonitorApp.BINDINGS)
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
    keys = {"abort": ("w",), "waive": ("a",), "zoom-in": ("-",), "zoom-out": ("+",)}
    check_keys(keys, GROUPS, PATH)
    assert list_keys(list_actions(GROUPS)["abort"], keys) == ["w"]
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
        ({"abort": ("q",), "leave": ("a",)}, "keys.abort: found 'q', expected a key that 'back' (Chart) does not have"),
        ({"gate-in-log": ("escape",)}, "keys.gate-in-log: found 'esc', expected a key that 'close' does not have"),
        ({"abort": ("x",)}, "found 'x', expected a key that 'axis' (Chart) does not have"),
        ({"chart-axis": ("a",)}, "keys.chart-axis: found 'a', expected a key that 'abort' does not have"),
        ({"chart-axis": ("e",)}, "keys.chart-axis: found 'e', expected a key that 'smooth' (Chart) does not have"),
        ({"actions-start": ("j",)}, "keys.actions-start: found 'j', expected a key that 'next row' does not have"),
        ({"log-wrap": ("y",)}, "keys.log-wrap: found 'y', expected a key that 'copy' (Log) does not have"),
        ({"log-wrap": ("z",)}, "keys.log-wrap: found 'z', expected a key that 'zoom' does not have"),
        ({"pick-down": ("j",)}, "keys.pick-down: found 'j', expected a key that types nothing, such as ctrl+n"),
        ({"page-close": ("k",)}, "keys.page-close: found 'k', expected a key that 'line up' (Explanations and help)"),
    ],
)
def test_what_cannot_be_is_told(keys: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(InputError) as told:
        check_keys(keys, GROUPS, PATH)
    assert words in str(told.value)


@pytest.mark.parametrize(
    "keys",
    [
        {"chart-axis": ("c",), "chart-close": ("escape",)},  # what the chart has put away is free there
        {"log-copy": ("Y",), "diagnosis-copy": ("y",)},
        {"chart-left": ("s",)},  # a screen's own key comes before those of the app that are no answer
        {"row-down": ("n",), "log-next": ("n",)},  # in two places
        {"pick-down": ("ctrl+j", "f2")},
    ],
)
def test_what_does_one_thing_in_every_place_can_be(keys: dict[str, tuple[str, ...]]) -> None:
    check_keys(keys, GROUPS, PATH)


def test_every_action_of_a_place_has_a_name_of_its_own() -> None:
    named: dict[str, str] = {}
    for group in GROUPS:
        for binding in group.bindings:
            assert isinstance(binding, Binding)
            if binding.id is not None and binding.id not in ("help", "gate-in-log"):  # which more than one place shares
                assert named.setdefault(binding.id, group.title) == group.title
