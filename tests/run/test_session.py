"""Files become events: all of them, in order, whatever is missing, torn or foreign."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from amn_tui.run.control import MonitorAttached, MonitorDetached
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import GuardStarted, GuardState, ProcessIdentity, RunEnded
from amn_tui.run.liveness import Machine, declare_lost, look, read_guard_state
from amn_tui.run.model import GuardSeen, Run, RunEvent
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.run.process import identify_self
from amn_tui.run.session import RunReader, Session, read_run
from amn_tui.run.watch import Watcher
from checks.jsonl import append_line, decode_line, encode_line
from checks.result import PreflightEnded, PreflightStarted
from checks.verdict import Verdict

WaitUntil = Callable[[Callable[[], object]], None]
GUARD, TRAINER = ProcessIdentity(10, 1, "boot"), ProcessIdentity(11, 1, "boot")
STATE = GuardState(5.0, GUARD, TRAINER, "here", "training")
LINE = "2026-11-22T10:24:40Z Epoch {}/20 done val_cosine=0.5\n"


def machine(*gone: ProcessIdentity, boot_id: str = "boot") -> Machine:
    return Machine("here", boot_id, lambda identity: identity in gone or identity.boot_id != boot_id)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.plan.write_text('[run]\nname = "p"\n')
    append_line(folder.preflight, PreflightStarted(1.0, ("a",), ("A",)))
    append_line(folder.preflight, PreflightEnded(2.0, Verdict.PASS, {"copy_last": 0.5}, 1.0))
    append_line(folder.guard_log, GuardStarted(3.0, GUARD, "here"))
    folder.log.write_text("hello\n" + LINE.format(1) + LINE.format(2))
    write_whole(folder.guard_state, encode_line(STATE))
    return folder


def write_living_guard(folder: RunFolder) -> None:
    state = GuardState(time.time(), identify_self(), None, os.uname().nodename, "training")
    write_whole(folder.guard_state, encode_line(state))


def test_a_run_is_read_from_its_files(folder: RunFolder) -> None:
    run = read_run(folder.path, machine())
    assert run.name == "p"
    assert run.phase is Phase.TRAINING
    assert [reading.epoch for reading in run.curve.epochs] == [1, 2]
    assert run.baselines == {"baseline.copy_last": 0.5}
    assert run.guard == GuardSeen(STATE, alive=True, trainer_alive=True)
    assert run.gates


def test_files_that_are_torn_or_foreign_lose_nothing_around_them(folder: RunFolder) -> None:
    with folder.guard_log.open("ab") as file:
        file.write(b'{"event": "run_ended", "ti')
    append_line(folder.guard_log, RunEnded(9.0, Outcome.COMPLETED, "done", 0))
    with folder.preflight.open("ab") as file:
        file.write(b'\xff\xfe\n{"event": "from_the_future", "time": 1}\n[]\n3\n')
    run = read_run(folder.path, machine(GUARD, TRAINER))
    assert run.outcome is Outcome.COMPLETED
    assert not run.problems


def test_a_plan_that_does_not_fit_is_a_problem_not_a_crash(folder: RunFolder) -> None:
    folder.plan.write_text("[run]\nname = 3\n")
    run = read_run(folder.path, machine())
    assert "run.name" in run.problems["plan.toml"]
    assert run.phase is Phase.TRAINING


def test_a_bare_log_and_an_empty_folder_can_be_read(tmp_path: Path, folder: RunFolder) -> None:
    bare = read_run(folder.log)
    assert [reading.epoch for reading in bare.curve.epochs] == [1, 2]
    assert bare.plan is None
    (tmp_path / "empty").mkdir()
    assert read_run(tmp_path / "empty").phase is Phase.STARTING
    os.mkfifo(tmp_path / "empty" / "training.log")
    assert "training.log" in read_run(tmp_path / "empty").problems


@pytest.mark.parametrize(
    ("gone", "boot_id", "outcome", "words"),
    [
        ((), "boot", None, ""),
        ((GUARD,), "boot", None, ""),  # unguarded, but it trains
        ((TRAINER,), "boot", None, ""),  # the guard is about to say how it ended
        ((GUARD, TRAINER), "boot", Outcome.LOST, "nobody saw"),
        ((), "another boot", Outcome.LOST, "restarted"),
    ],
)
def test_who_is_gone_and_what_it_means(
    folder: RunFolder, gone: tuple[ProcessIdentity, ...], boot_id: str, outcome: Outcome | None, words: str
) -> None:
    run = read_run(folder.path, machine(*gone, boot_id=boot_id))
    assert run.outcome is outcome
    assert words in (run.ended.words if run.ended else "")
    assert run.unguarded is (gone == (GUARD,))


def test_what_cannot_be_known_is_not_guessed(folder: RunFolder) -> None:
    state = read_guard_state(folder)
    assert state == STATE
    elsewhere = Machine("elsewhere", "x", lambda _: True)
    assert look(state, elsewhere).alive is None
    assert declare_lost(look(state, elsewhere), elsewhere) is None
    assert declare_lost(look(None, machine()), machine()) is None
    folder.guard_state.write_text("{torn")
    assert read_guard_state(folder) is None


def test_a_blocked_launch_is_not_lost(folder: RunFolder) -> None:
    append_line(folder.preflight, PreflightEnded(4.0, Verdict.FAIL, {}, 1.0))
    folder.guard_log.unlink()
    folder.log.unlink()
    run = read_run(folder.path, machine(GUARD, TRAINER))
    assert run.phase is Phase.BLOCKED
    assert run.outcome is None


def test_any_cut_of_the_files_gives_the_same_run(folder: RunFolder, tmp_path: Path) -> None:
    append_line(folder.guard_log, RunEnded(9.0, Outcome.COMPLETED, "done", 0))
    whole = read_run(folder.path, machine())
    pieces = RunFolder(tmp_path / "pieces")
    pieces.path.mkdir()
    reader, run = RunReader(pieces.path, machine()), Run(str(folder.path))
    for name in ("guard.jsonl", "training.log", "plan.toml", "preflight.jsonl", "guard.json"):
        (pieces.path / name).write_bytes((folder.path / name).read_bytes())
        run = fold(run, reader.read())
    reader.source.close()
    assert run.curve == whole.curve
    assert run.ended == whole.ended
    assert [state.judgement for state in run.gates] == [state.judgement for state in whole.gates]


@pytest.mark.parametrize("poll", [False, True])
def test_a_session_delivers_what_is_there_and_what_comes(folder: RunFolder, wait_until: WaitUntil, poll: bool) -> None:
    write_whole(
        folder.guard_state, encode_line(GuardState(time.time(), identify_self(), None, os.uname().nodename, ""))
    )
    session, batches = Session(folder.path, poll=poll, by="me"), list[RunEvent]()
    session.start(batches.extend)
    try:
        wait_until(lambda: len(fold(Run("x"), list(batches)).curve.epochs) == 2)
        with folder.log.open("a") as file:
            file.write(LINE.format(3))
        wait_until(lambda: len(fold(Run("x"), list(batches)).curve.epochs) == 3)
        wait_until(folder.control.exists)
    finally:
        session.stop()
    lines = folder.control.read_bytes().splitlines()
    told = [decode_line(line, (MonitorAttached, MonitorDetached)) for line in lines]
    assert [type(event) for event in told] == [MonitorAttached, MonitorDetached]
    assert isinstance(told[0], MonitorAttached)
    assert told[0].by == "me"


def test_reading_only_leaves_no_trace(folder: RunFolder, wait_until: WaitUntil) -> None:
    write_whole(
        folder.guard_state, encode_line(GuardState(time.time(), identify_self(), None, os.uname().nodename, ""))
    )
    before = sorted(path.name for path in folder.path.iterdir())
    session, batches = Session(folder.path, read_only=True), list[RunEvent]()
    session.start(batches.extend)
    wait_until(lambda: batches)
    session.stop()
    assert sorted(path.name for path in folder.path.iterdir()) == before


def test_a_watcher_wakes_on_change_and_says_when_it_cannot(tmp_path: Path, wait_until: WaitUntil) -> None:
    watcher = Watcher(tmp_path, every_s=20.0)
    watcher.start()
    try:
        (tmp_path / "new").write_text("x")
        began_s = time.monotonic()
        watcher.wait()
        assert time.monotonic() - began_s < 10.0
    finally:
        watcher.stop()
    missing = Watcher(tmp_path / "missing", every_s=0.01)
    missing.start()
    assert "every 0.01 s" in missing.problem
    missing.wait()
    missing.stop()


@pytest.mark.parametrize(
    ("place", "host", "age_s", "copied"),
    [
        ("", "here", 0, False),  # written by an older guard
        ("1:2", "here", 0, False),
        ("1:3", "here", 0, True),
        ("7:2", "elsewhere", 900, False),  # shared: another device, the same file
        ("7:3", "elsewhere", 900, True),
        ("7:3", "elsewhere", 5, False),  # somebody signs: numbers of files are not everywhere the same
    ],
)
def test_a_copy_of_a_run_folder_is_told_from_the_run(place: str, host: str, age_s: float, copied: bool) -> None:
    state = replace(STATE, place=place, host=host)
    here = replace(machine(), clock=lambda: STATE.time + age_s)
    seen = look(state, here, "1:2")
    assert seen.copied is copied
    lost = declare_lost(seen, here)
    assert (lost is not None) is copied
    assert lost is None or "this folder is a copy" in lost.words


def test_a_guard_that_signs_no_more_is_silent(folder: RunFolder) -> None:
    now_s = 0.0
    reader = RunReader(folder.path, replace(machine(), monotonic=lambda: now_s))

    def read() -> list[bool]:
        return [event.silent for event in reader.read() if isinstance(event, GuardSeen)]

    assert read() == [False]
    now_s = 14.0
    assert read() == []
    now_s = 15.0
    assert read() == [True]
    write_whole(folder.guard_state, encode_line(replace(STATE, time=6.0)))
    assert read() == [False]
    reader.source.close()
