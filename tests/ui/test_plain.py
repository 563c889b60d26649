"""Plain lines: what happens in a run, without an escape, and with an end."""

import io
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.guard_events import TrainerAdopted
from amn_tui.run.model import ProblemFound
from amn_tui.ui import plain
from amn_tui.ui.event_words import tell
from amn_tui.ui.past import Past
from amn_tui.ui.plain import run_plain


@pytest.mark.parametrize(
    ("story", "code", "words"),
    [
        (
            "completed",
            0,
            ["check PASS  off_by_one", "[control: rows", "epoch 20/20  val_cosine=0.5879", "COMPLETED: all 20"],
        ),
        ("aborted", 4, ["ALARM  bad init", "stopping: operator ada", "stopping: term_main 4242", "ABORTED_BY_GATE"]),
        ("blocked", 3, ["check FAIL  adjacency_coherence", "preflight FAIL", "BLOCKED"]),
    ],
)
def test_a_run_is_told_line_by_line_and_ends(
    ui: ModuleType, tmp_path: Path, story: str, code: int, words: list[str]
) -> None:
    out = io.StringIO()
    assert run_plain(ui.write_folder(tmp_path / "run", getattr(ui, story)()), out=out) == code
    text = out.getvalue()
    assert all(word in text for word in words)
    assert text.endswith("\n")
    assert not any(ord(character) < 32 for character in text if character != "\n")


def test_a_run_without_a_guard_is_told(ui: ModuleType) -> None:
    seen = ui.guard(alive=False)[2]
    assert tell(seen).startswith("UNGUARDED: gates are off")
    assert tell(ui.guard()[2]) == ""
    assert tell(replace(ui.guard()[2], silent=True)) == "the guard gives no sign of life"
    adopted = tell(TrainerAdopted(ui.BEGAN, ui.WHO, "here", ui.WHO))
    assert adopted == "guarded again: process 4242 has adopted the trainer, process 4242"


def test_what_a_file_says_is_text(ui: ModuleType, tmp_path: Path) -> None:
    words = "".join(ui.HOSTILE)
    events = [ui.check_ended("off_by_one", detail=words), *ui.blocked()[-1:]]
    out = io.StringIO()
    run_plain(ui.write_folder(tmp_path / "run", events), out=out)
    assert "loss[/red]" in out.getvalue()
    assert not any(ord(character) < 32 for character in out.getvalue() if character != "\n")


def test_a_bare_log_is_read_and_left(ui: ModuleType, tmp_path: Path) -> None:
    ui.write_log(tmp_path / "train.log", ui.epochs([0.5, 0.51]))
    out = io.StringIO()
    assert run_plain(tmp_path / "train.log", out=out) == 0
    assert "epoch 2/20  val_cosine=0.51" in out.getvalue()
    assert out.getvalue().splitlines()[-1].startswith("no guard is known here")


def test_a_launch_that_shows_no_sign_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "FIRST_SIGN_S", 0.0)
    (tmp_path / "guard.err").write_text("ImportError: no module named x\n")
    out = io.StringIO()
    assert run_plain(tmp_path, out=out, since_s=time.time()) == 7
    assert "LOST: no sign of the launch" in out.getvalue()
    assert "ImportError" in out.getvalue()


def test_what_came_before_the_launch_is_past_until_something_later_comes(ui: ModuleType) -> None:
    past = Past(ui.BEGAN)
    early, late = ProblemFound("x", "y"), ui.guard()[0]
    assert not past.holds(early)  # it has no time
    assert past.holds(replace(late, time=ui.BEGAN - 1))
    assert not past.holds(late)
    assert not past.holds(replace(late, time=ui.BEGAN - 3600))  # the clock was set back
    assert not Past(None).holds(replace(late, time=0.0))


def test_a_plan_that_was_changed_is_said(ui: ModuleType, tmp_path: Path) -> None:
    folder = ui.write_folder(tmp_path / "run", ui.completed())
    (folder / "plan.toml").write_text('[run]\nname = "changed"\n')
    lines = (folder / "guard.jsonl").read_text().splitlines()
    lines = [line.replace('"plan": ""', '"plan": "mark"') for line in lines]
    (folder / "guard.jsonl").write_text("\n".join(lines) + "\n")
    out = io.StringIO()
    run_plain(folder, out=out)
    assert out.getvalue().count("plan.toml is not what this run began with") == 1
