"""A disk that refuses: quota, I/O error, read-only; and checkpoints that it cut. It is said, and everything goes on."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run import guard_record, tail
from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import StopAsked
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.model import Logged
from amn_tui.run.plan_file import read_plan
from amn_tui.run.process import identify_self
from amn_tui.run.session import RunReader, read_run
from amn_tui.run.source import RecordSource
from amn_tui.run.trainer_process import open_log
from amn_tui.ui.widgets.banner import pick_banner
from checks import whole_file
from checks.errors import InputError
from checks.jsonl import append_line, decode_line
from checks.printer import Printer
from checks.result import CheckStarted
from tests.trainer.test_checkpoint import make_checkpoint
from trainer.checkpoint import read_checkpoint, read_first_sound, write_checkpoint
from trainer.events import EpochEnded, LogEvent, Stopped, Text, parse_line
from trainer.header import BEST, FOLDER, LAST
from trainer.recorder import METRICS_FILE, Recorder

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
    assert requests.read() == []
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


@pytest.mark.fault(29)
@pytest.mark.parametrize("sixteenths", range(16))
def test_a_cut_checkpoint_is_refused_by_name_and_size(tmp_path: Path, sixteenths: int, happened: Happened) -> None:
    write_checkpoint(tmp_path, make_checkpoint(1), best=True)
    write_checkpoint(tmp_path, make_checkpoint(2), best=False)
    content = (tmp_path / LAST).read_bytes()
    size = len(content) * sixteenths // 16
    (tmp_path / LAST).write_bytes(content[:size])
    path, found, refused = read_first_sound([tmp_path / LAST, tmp_path / BEST])
    assert (path.name, found.state.epoch) == (BEST, 1)
    assert refused == [
        f"{tmp_path / LAST}: found 'a damaged file of {size} bytes', expected a whole safetensors checkpoint"
    ]
    happened(f"{size} of {len(content)} bytes: {refused[0].rpartition(': ')[2]}; {BEST} is taken")


@pytest.mark.slow
@pytest.mark.fault(29)
def test_a_run_whose_last_is_cut_goes_on_from_the_one_before(
    tiny_config: Any, run_training: Any, happened: Happened
) -> None:
    config = tiny_config(epochs=2)
    run_training(config)
    last = Path(config.output_dir) / FOLDER / LAST
    last.write_bytes(last.read_bytes()[:1000])
    events = run_training(tiny_config(epochs=4, resume=config.output_dir))
    said = [event.text for event in events if isinstance(event, Text)]
    assert "last.safetensors: found 'a damaged file of 1000 bytes'" in said[0]
    assert "resumed" in said[1]
    assert BEST in said[1]
    assert [event.epoch for event in events if isinstance(event, EpochEnded)][-1] == 4
    assert read_checkpoint(last).state.epoch == 5
    last.write_bytes(b"")
    (last.parent / BEST).write_bytes(b"")
    with pytest.raises(InputError, match=r"last\.safetensors: found 'a damaged file of 0 bytes'"):
        run_training(tiny_config(epochs=5, resume=config.output_dir))
    happened(said[1].rpartition("/")[2])


def append_to_log(path: Path) -> None:
    log = open_log(path)
    os.write(log, LINE.encode())
    os.close(log)


WRITERS: dict[str, Callable[[Path], None]] = {
    "guard.jsonl": lambda path: GuardRecord(RunFolder(path.parent), identify_self()).record(StopAsked(1.0, "b", "r")),
    "control.jsonl": lambda path: ask(RunFolder(path.parent), AbortAsked(1.0, "ann")),
    "preflight.jsonl": lambda path: Printer(path, sys.stderr, as_json=True).emit(CheckStarted(1.0, "c")),
    METRICS_FILE: lambda path: Recorder(path.parent, sys.stderr).record(Stopped("SIGTERM", 1, 2)),
    "training.log": append_to_log,
}


@pytest.mark.fault(25)
@pytest.mark.fault(28)
@pytest.mark.parametrize("name", WRITERS)
def test_half_a_line_of_a_crash_is_closed_by_every_writer(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    (whole,) = path.read_bytes().splitlines()
    for cut in range(1, len(whole), 7):
        path.write_bytes(whole[:cut])
        WRITERS[name](path)
        first, *rest = path.read_bytes().splitlines()
        assert len(rest) == 1
        assert first.startswith(whole[:cut])
        kinds = (StopAsked, AbortAsked, CheckStarted, Stopped)
        if name == "training.log":
            assert isinstance(parse_line(first.decode()), Text)
            assert isinstance(parse_line(rest[0].decode()), EpochEnded)
        else:
            assert decode_line(first, kinds) is None
            assert decode_line(rest[0], kinds) is not None
    assert guard_record.append_line is append_line


@pytest.mark.fault(26)
def test_a_plan_that_cannot_be_written_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", refuse(errno.ENOSPC))
    with pytest.raises(OSError, match=r"No space left on device: '.*plan\.toml'"):
        write_whole(tmp_path / "plan.toml", b"x = 1\n")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="No such file"):
        read_plan(tmp_path / "plan.toml")
