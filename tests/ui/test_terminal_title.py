"""The title of the terminal, in the terminals that have one."""

from types import ModuleType

import pytest

from amn_tui.ui.terminal_title import has_title, say_title, write_title


def test_it_says_where_the_run_is(ui: ModuleType) -> None:
    assert say_title(ui.make_run(ui.healthy(3))) == "3/20 0.5716 amn-790k-attempt-3"
    assert say_title(ui.make_run(ui.alarmed())) == "ALARM 1/20 0.4457 amn-790k-attempt-3"
    assert say_title(ui.make_run(ui.completed())) == "COMPLETED 20/20 0.5879 amn-790k-attempt-3"
    assert say_title(ui.make_run([])) == "amn-790k-attempt-3"


@pytest.mark.parametrize(
    ("term", "has"), [("xterm-256color", True), ("tmux-256color", True), ("foot", True), ("linux", False), ("", False)]
)
def test_only_terminals_with_a_title_get_one(term: str, has: bool) -> None:
    assert has_title({"TERM": term}) is has
    assert not has_title({"TERM": "dumb"})


def test_it_ends_where_it_ends(ui: ModuleType) -> None:
    for words in ui.HOSTILE:
        written = write_title(words)
        assert written.startswith("\x1b]2;")
        assert written.endswith("\x07")
        assert not {*written[4:-1]} & {*map(chr, range(32)), *map(chr, range(127, 160))}
