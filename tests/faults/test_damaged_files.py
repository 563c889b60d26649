"""Files that a crash or a disk has cut: refused by name and size, the one before is taken; half a line is closed."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run import guard_record
from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import StopAsked
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.process import identify_self
from amn_tui.run.trainer_process import open_log
from checks.errors import InputError
from checks.jsonl import append_line, decode_line
from checks.printer import Printer
from checks.result import CheckStarted
from tests.trainer.test_checkpoint import make_checkpoint
from trainer.checkpoint import read_checkpoint, read_first_sound, write_checkpoint
from trainer.events import EpochEnded, Stopped, Text, parse_line
from trainer.header import BEST, FOLDER, LAST
from trainer.recorder import METRICS_FILE, Recorder

Happened = Callable[[str], None]
LINE = "2026-11-22T10:24:40Z Epoch 1/20 done val_cosine=0.5\n"


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
