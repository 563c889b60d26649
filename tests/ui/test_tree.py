"""Where a run stands on the plan's decision tree."""

from types import ModuleType

import pytest

from amn_tui.run.decision_tree import Stand, Tree, find_decision, stand_on_tree
from amn_tui.run.guard_events import AlarmWaived, RunEnded
from amn_tui.run.outcome import Outcome
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.tree import draw_tree


def list_stands(tree: Tree) -> list[str]:
    return [node.stand.value for node in (*tree.trunk, tree.onward, tree.abort)]


@pytest.mark.parametrize(
    ("story", "stands"),
    [
        ("checking", ["here", "ahead", "ahead", "ahead", "ahead"]),
        ("blocked", ["failed", "ahead", "ahead", "ahead", "ahead"]),
        ("healthy", ["done", "done", "done", "here", "ahead"]),
        ("alarmed", ["done", "done", "failed", "ahead", "here"]),
        ("stopping", ["done", "done", "failed", "ahead", "here"]),
        ("aborted", ["done", "done", "failed", "ahead", "failed"]),
        ("completed", ["done", "done", "done", "done", "ahead"]),
    ],
)
def test_every_story_stands_where_it_stands(ui: ModuleType, story: str, stands: list[str]) -> None:
    assert list_stands(stand_on_tree(ui.make_run(getattr(ui, story)()))) == stands


def test_before_and_within_the_first_epoch(ui: ModuleType) -> None:
    begun = [ui.Planned(ui.plan()), *ui.preflight(), *ui.guard()]
    assert list_stands(stand_on_tree(ui.make_run(begun)))[1:3] == ["here", "ahead"]
    assert list_stands(stand_on_tree(ui.make_run([*begun, ui.step(1, 5)])))[1:3] == ["done", "here"]
    crashed = RunEnded(ui.BEGAN + 20, Outcome.CRASHED, "exit code 1", 1)
    assert list_stands(stand_on_tree(ui.make_run([*begun, crashed])))[1] == "failed"
    assert list_stands(stand_on_tree(ui.make_run([*begun, ui.step(1, 5), crashed])))[2] == "failed"
    assert list_stands(stand_on_tree(ui.make_run([*ui.healthy(), crashed])))[3] == "failed"


def test_a_waived_gate_lets_the_run_go_on(ui: ModuleType) -> None:
    waived = AlarmWaived(ui.BEGAN + 1241, 1, "ada", "known")
    tree = stand_on_tree(ui.make_run([*ui.alarmed(), waived]))
    assert tree.abort.stand is Stand.AHEAD
    assert tree.onward.stand is Stand.HERE


def test_a_log_alone_has_no_preflight_and_no_total(ui: ModuleType) -> None:
    tree = stand_on_tree(ui.make_run([]))
    assert [node.words for node in tree.trunk] == ["launch", "epoch 1"]
    assert tree.onward.words == "continue"
    assert find_decision(ui.make_run([])) == 1
    assert stand_on_tree(ui.make_run(ui.checking())).onward.words == "continue to 20"


def test_it_is_drawn_in_one_line_or_with_its_fork(ui: ModuleType) -> None:
    tree = stand_on_tree(ui.make_run(ui.healthy()))
    assert ui.read_text(draw_tree(tree, 100, UNICODE)) == (
        "✓ preflight ─▸ ✓ launch ─▸ ✓ epoch 1 ─▸ ● continue to 20  or  · abort"
    )
    assert ui.read_text(draw_tree(tree, 100, UNICODE, tall=True)) == (
        "✓ preflight ─▸ ✓ launch ─▸ ✓ epoch 1 ┬─▸ ● continue to 20\n                                     ╰─▸ · abort"
    )
    assert ui.read_text(draw_tree(tree, 100, ASCII)).isascii()


def test_the_decision_says_when_it_falls_where_there_is_room(ui: ModuleType) -> None:
    begun = [ui.Planned(ui.plan()), *ui.preflight(), *ui.guard(), ui.step(1, 5)]
    tree = stand_on_tree(ui.make_run(begun))
    assert "epoch 1 decides in 14:02" in ui.read_text(draw_tree(tree, 120, UNICODE, "14:02"))
    narrow = draw_tree(tree, 80, UNICODE, "14:02")
    assert "decides" not in ui.read_text(narrow)
    assert measure(narrow[0]) <= 80
    assert ui.read_text(draw_tree(tree, 50, UNICODE, "14:02")).startswith("✓ ─▸ ✓ ─▸ ● epoch 1 ─▸")
