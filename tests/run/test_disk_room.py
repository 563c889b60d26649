"""Room on the disk: what is needed, and a full disk said once and taken back once."""

from pathlib import Path

import pytest

from amn_tui.run import disk_room
from amn_tui.run.disk_room import NEEDED_BYTES, DiskRoom, DiskWatch, measure_room
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import ProblemFound, Run
from checks.disk import say_bytes


def test_three_checkpoints_are_needed_or_half_a_gigabyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_room, "read_room", lambda _: 7)
    folder = RunFolder(tmp_path)
    assert measure_room(folder) == DiskRoom(7, NEEDED_BYTES)
    folder.checkpoints.mkdir()
    with (folder.checkpoints / "last.safetensors").open("wb") as file:
        file.truncate(10**9)
    assert measure_room(folder) == DiskRoom(7, 3 * 10**9)


def test_a_disk_that_cannot_be_asked_is_no_full_disk() -> None:
    assert measure_room(RunFolder(Path("/nowhere"))) is None
    assert DiskWatch(Path("/nowhere")).look(going=True) == []


def test_a_full_disk_is_said_once_and_taken_back_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = [0]
    monkeypatch.setattr(disk_room, "read_room", lambda _: room[0])
    watch = DiskWatch(tmp_path)
    assert watch.look(going=False) == []
    (problem,) = watch.look(going=True)
    assert problem.words.startswith("the disk is full, 0 B are free")
    assert watch.look(going=True) == []
    run = fold(Run("r"), [ProblemFound("other", "x"), problem])
    assert list(run.problems) == ["other", "disk"]
    room[0] = 10**9
    run = fold(run, watch.look(going=True))
    assert list(run.problems) == ["other"]
    assert watch.look(going=True) == []


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (12_340, "12.3 kB"), (999_999_999, "1000 MB"), (5e13, "50.0 TB")]
)
def test_bytes_for_people(count: float, words: str) -> None:
    assert say_bytes(count) == words
