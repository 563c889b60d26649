"""A run folder has one launch: the first; what a killed one left is taken over, what is anybody's is left alone."""

import os
import stat
from pathlib import Path

import pytest

from amn_tui.run.claim import claim_folder, is_incomplete, say_incomplete
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.plan import Plan, Prepared, RunSection
from amn_tui.run.plan_file import write_plan
from checks.errors import InputError

PREPARED = Prepared(launched_at="", version="", argv=("true",), cwd="/", host="", python="")
PLAN = Plan(run=RunSection(name="x", command=("true",)), prepared=PREPARED)


def test_a_folder_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0o000)
    try:
        claimed = claim_folder(tmp_path / "runs" / "a")
        write_whole(claimed.plan, write_plan(PLAN))
    finally:
        os.umask(mask)
    assert stat.S_IMODE(claimed.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(claimed.plan.stat().st_mode) == 0o600
    with pytest.raises(InputError, match=r"a run that goes on, launched 2"):
        claim_folder(claimed.path)
    assert say_incomplete(claimed) == ""  # it is being launched
    os.close(claimed.held)
    assert "incomplete run" in say_incomplete(claimed)


def test_what_a_killed_launch_left_is_taken_over(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a")
    folder.path.mkdir()
    write_whole(folder.plan, write_plan(PLAN))
    (folder.path / ".plan.toml.77.tmp").touch()
    folder.guard_errors.write_text("killed")
    assert is_incomplete(folder)
    claimed = claim_folder(folder.path)
    assert [path.name for path in folder.path.iterdir()] == ["lock"]
    os.close(claimed.held)


@pytest.mark.parametrize("name", ["training.log", "guard.jsonl", "preflight.jsonl", "thesis.tex", "plan.toml"])
def test_what_is_somebodys_is_left_alone(tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path / "a")
    folder.path.mkdir()
    (folder.path / name).write_text('[run]\nname = "mine"\n')  # a plan.toml, too, that no launch has written
    assert not is_incomplete(folder)
    with pytest.raises(InputError, match=r"of \w+, last changed 2.*expected a new run folder"):
        claim_folder(folder.path)
    assert [path.name for path in folder.path.iterdir()] == [name]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "real").mkdir()
    path = tmp_path / "a"
    if kind == "file":
        path.touch()
    else:
        path.symlink_to(tmp_path / "real")
    with pytest.raises(InputError, match="an existing file or folder"):
        claim_folder(path)
    assert not list((tmp_path / "real").iterdir())
