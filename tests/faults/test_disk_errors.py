"""A disk that refuses: quota, I/O error, read-only; and checkpoints that it cut. It is said, and everything goes on."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run import tail
from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import StopAsked
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.model import Logged, ProblemFound
from amn_tui.run.plan_file import read_plan
from amn_tui.run.process import identify_self
from amn_tui.run.session import RunReader, read_run
from amn_tui.run.source import RecordSource
from amn_tui.ui.widgets.banner import pick_banner
from checks import whole_file
from checks.errors import InputError
from checks.jsonl import decode_line
from trainer.checkpoint import read_checkpoint
from trainer.events import EpochEnded, LogEvent, Text
from trainer.header import BEST, FOLDER, LAST

Happened = Callable[[str], None]
ERRORS = [errno.EDQUOT, errno.EIO, errno.EROFS]
LINE = "2026-11-22T10:24:40Z Epoch 1/20 done val_cosine=0.5\n"


def refuse(number: int) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.fault(27)
@pytest.mark.parametrize("number", ERRORS)
def test_the_guard_goes_on_and_writes_it_down_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int, happened: Happened
) -> None:
    folder = RunFolder(tmp_path)
    record = GuardRecord(folder, identify_self())
    events = [StopAsked(float(n), "gate g", "r") for n in range(3)]
    record.record(events[0])
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", _refuse_but_stderr(number))
        record.record(events[1])
        record.sign(None, "training")
    record.record(events[2])
    lines = folder.guard_log.read_bytes().splitlines()
    assert [decode_line(line, [StopAsked]) for line in lines] == events
    said = capfd.readouterr().err
    assert f"guard.jsonl: {os.strerror(number)}" in said
    assert [path.name for path in tmp_path.iterdir()] == ["guard.jsonl"]  # no half guard.json
    happened(f"{os.strerror(number)}: said in guard.err, written in order when it could be")


def _refuse_but_stderr(number: int) -> Callable[[int, bytes], int]:
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        return real(descriptor, data) if descriptor == 2 else refuse(number)()

    return write


@pytest.mark.fault(27)
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_monitor_that_cannot_read_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, happened: Happened
) -> None:
    folder = RunFolder(tmp_path)
    folder.log.write_text(LINE)
    with monkeypatch.context() as broken:
        broken.setattr(tail.os, "pread", refuse(number))
        run = read_run(tmp_path)
    assert f"{folder.log}: {os.strerror(number)}" in run.problems["training.log"]
    banner = pick_banner(run, 0.0, can_answer=True)
    assert banner is not None
    assert (banner.word, os.strerror(number) in banner.headline) == ("PROBLEM", True)
    assert [reading.epoch for reading in read_run(tmp_path).curve.epochs] == [1]
    happened(f"banner: {banner.headline.rpartition('/')[2]}")


@pytest.mark.fault(27)
def test_a_reader_sees_everything_once_the_disk_is_itself_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    folder.log.write_text(LINE)
    reader = RunReader(tmp_path)
    reader.read()
    with monkeypatch.context() as broken:
        broken.setattr(tail.os, "pread", refuse(errno.EIO))
        reader.read()
    with folder.log.open("a") as file:
        file.write(LINE.replace("1/20", "2/20"))
    events = reader.read()
    assert [event.event.epoch for event in events if isinstance(event, Logged)] == [2]  # and nothing twice
    reader.source.close()


@pytest.mark.fault(27)
def test_an_abort_of_yesterday_is_not_heard_again_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    requests = RecordSource(folder.control, (AbortAsked,))
    ask(folder, AbortAsked(1.0, "yesterday"))
    assert requests.read() == [AbortAsked(1.0, "yesterday")]
    with monkeypatch.context() as broken:
        broken.setattr(tail.os, "pread", refuse(errno.EIO))
        requests.read()
    assert requests.read() == [ProblemFound("control.jsonl", "")]  # it can be read again, and that is all
    ask(folder, AbortAsked(2.0, "ann"))
    assert requests.read() == [AbortAsked(2.0, "ann")]
    requests.close()


@pytest.mark.slow
@pytest.mark.fault(27)
@pytest.mark.fault(26)
@pytest.mark.parametrize("number", [*ERRORS, errno.ENOSPC])
def test_training_goes_on_without_a_checkpoint_that_is_refused(
    tiny_config: Any, run_training: Any, monkeypatch: pytest.MonkeyPatch, number: int, happened: Happened
) -> None:
    real, calls = whole_file.write_all, iter(range(100))

    def fail_at_second(descriptor: int, content: bytes, path: Path) -> None:
        if next(calls) in (2, 3):  # of the second epoch
            raise OSError(number, os.strerror(number), str(path))
        real(descriptor, content, path)

    monkeypatch.setattr(whole_file, "write_all", fail_at_second)
    config = tiny_config(epochs=4)
    events: list[LogEvent] = run_training(config)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
    (said,) = [event.text for event in events if isinstance(event, Text)][:1]
    assert os.strerror(number) in said
    assert said.endswith("the one before stays")
    folder = Path(config.output_dir) / FOLDER
    assert sorted(path.name for path in folder.iterdir()) == [BEST, LAST]
    assert read_checkpoint(folder / LAST).state.epoch == 5
    happened(said.replace(config.output_dir, "RUN"))


@pytest.mark.fault(26)
def test_a_plan_that_cannot_be_written_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", refuse(errno.ENOSPC))
    with pytest.raises(OSError, match=r"No space left on device: '.*plan\.toml'"):
        write_whole(tmp_path / "plan.toml", b"x = 1\n")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="No such file"):
        read_plan(tmp_path / "plan.toml")
