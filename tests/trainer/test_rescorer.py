"""When checkpoints are scored again: after the first epoch, and the best at the end, each once."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from trainer import rescorer as module
from trainer.rescorer import Rescorer
from trainer.stop import StopRequest


class FakeProcess:
    """Runs until it has been waited for `waits` times."""

    def __init__(self, waits: int = 0) -> None:
        self.waits, self.killed = waits, False

    def poll(self) -> int | None:
        return None if self.waits and not self.killed else 0

    def wait(self, timeout: float = 0.0) -> int:
        if self.poll() is None:
            self.waits -= 1
            raise subprocess.TimeoutExpired("rescore", timeout)
        return 0

    def kill(self) -> None:
        self.killed = True


class Folder:
    """A run folder of which only the epoch of `best` matters."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, waits: int = 0) -> None:
        self.epoch: int | None = 2
        self.started: list[FakeProcess] = []
        self.waits = waits
        monkeypatch.setattr(module, "read_header", lambda _: {} if self.epoch is None else {"epoch": self.epoch})

    def spawn(self, argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        assert argv[1:4] == ["-P", "-m", "trainer.rescore"]
        self.started.append(FakeProcess(self.waits))
        return cast("subprocess.Popen[bytes]", self.started[-1])


class Asked(StopRequest):
    """Somebody asks at the n-th look."""

    def __init__(self, looks: float = float("inf")) -> None:
        super().__init__(None, 0.0)
        self.looks = looks

    def check(self) -> str | None:
        self.looks -= 1
        return "SIGTERM" if self.looks < 0 else None


@pytest.mark.parametrize(
    ("last_best", "started"),
    [(2, 1), (5, 2)],
    ids=["the first epoch stayed the best", "a later one was better"],
)
def test_each_is_scored_once(last_best: int, started: int, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(monkeypatch, waits=2)
    with Rescorer(Path("run"), folder.spawn) as rescorer:
        rescorer.hear_epoch()
        rescorer.hear_epoch()
        assert len(folder.started) == 1
        folder.epoch = last_best
        assert rescorer.finish(Asked()) is None
    assert len(folder.started) == started


def test_nothing_is_scored_where_no_epoch_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(monkeypatch)
    folder.epoch = None
    with Rescorer(Path("run"), folder.spawn) as rescorer:
        rescorer.hear_epoch()
        assert rescorer.finish(Asked()) is None
    assert folder.started == []


def test_who_asks_to_stop_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(monkeypatch, waits=1_000_000)
    with Rescorer(Path("run"), folder.spawn) as rescorer:
        rescorer.hear_epoch()
        assert rescorer.finish(Asked(3)) == "SIGTERM"
    assert folder.started[0].killed


def test_an_error_in_training_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(monkeypatch, waits=1_000_000)

    def fail() -> Any:
        with Rescorer(Path("run"), folder.spawn) as rescorer:
            rescorer.hear_epoch()
            raise RuntimeError("training")

    with pytest.raises(RuntimeError, match="training"):
        fail()
    assert folder.started[0].killed
