"""What the guard survives: full disks, floods, leftovers, clocks that jump, a run that goes on after its gate."""

import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.guard_events import AlarmRaised, GateJudged, RunEnded, Rung, StopEscalated, TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"


def test_the_trainer_gets_signals_as_anybody_does(launch: Any) -> None:
    folder, guard = launch("print(signal.getsignal(signal.SIGINT), repr(signal.getsignal(signal.SIGHUP)))")
    assert guard.wait(30) == ExitCode.COMPLETED
    assert "default_int_handler" in folder.log.read_text()
    assert "Handlers.SIG_DFL" in folder.log.read_text()


@pytest.mark.slow
def test_what_a_trainer_leaves_behind_ends_with_the_run(launch: Any) -> None:
    code = f"subprocess.Popen(['setsid', '-f', sys.executable, '-c', {STUBBORN!r}]); say(1, 1, val_cosine=0.5)"
    _, guard = launch(code, grace_s=0.2)
    assert guard.wait(30) == ExitCode.COMPLETED
    assert launch.list_members() == []
    assert [event.rung for event in launch.read_events(StopEscalated)] == [Rung.TERM_GROUP, Rung.KILL_ALL]
    (ended,) = launch.read_events(RunEnded)
    assert ended.survivors == ()


def test_others_of_the_group_may_save_after_the_main_process_ended(launch: Any, wait_until: WaitUntil) -> None:
    worker = """
import pathlib, signal, sys, time
def save(*_):
    time.sleep(1.0); pathlib.Path('saved').write_text('x'); sys.exit(0)
signal.signal(15, save); print('ready', flush=True); signal.pause()
"""
    code = f"subprocess.Popen([sys.executable, '-c', {worker!r}]); say(1, val_cosine=0.5); idle()"
    folder, guard = launch(code)
    wait_until(lambda: folder.log.exists() and "ready" in folder.log.read_text())
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert (launch.tmp_path / "saved").exists()
    assert [event.rung for event in launch.read_events(StopEscalated)] == [Rung.TERM_MAIN, Rung.TERM_GROUP]


def test_a_run_that_a_gate_stopped_can_go_on(launch: Any) -> None:
    code = """
again = pathlib.Path('again')
if again.exists():
    say(2, 3, val_cosine=0.44); say(3, 3, val_cosine=0.45); sys.exit(0)
again.touch(); say(1, 3, val_cosine=0.40); idle()
"""
    folder, guard = launch(code)
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE
    assert launch.guard().wait(30) == ExitCode.COMPLETED
    assert len(launch.read_events(AlarmRaised)) == 1
    run = read_run(folder.path)
    assert run.outcome is Outcome.COMPLETED
    assert [reading.epoch for reading in run.curve.epochs] == [1, 2, 3]


def test_a_gate_that_fails_anew_after_going_on_stops_the_run_again(launch: Any) -> None:
    code = """
again = pathlib.Path('again')
if again.exists():
    say(3, 3, val_cosine=0.5); say(4, 4, val_cosine=0.47); idle()
again.touch(); say(1, 3, val_cosine=0.6); say(2, 3, val_cosine=0.5); idle()
"""
    _, guard = launch(code)
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE
    assert launch.guard().wait(30) == ExitCode.STOPPED_BY_GATE
    assert [alarm.gate for alarm in launch.read_events(AlarmRaised)] == ["collapse", "collapse"]


def test_one_bad_step_among_good_ones_is_seen(launch: Any) -> None:
    code = """
lines = [f'2026-11-22T10:24:40Z Epoch 1/3 step {n}/9 loss={"nan" if n == 2 else 0.1}' for n in range(1, 9)]
print('\\n'.join(lines)); idle()
"""
    _, guard = launch(code)
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE
    assert [alarm.gate for alarm in launch.read_events(AlarmRaised)] == ["finite"]
    assert [event.verdict for event in launch.read_events(GateJudged) if event.gate == "finite"] == ["PASS", "FAIL"]


@pytest.mark.slow
def test_an_abort_is_heard_through_a_flood(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("signal.signal(15, signal.SIG_DFL)\nwhile True: print('x' * 99 + ('\\n' + 'y' * 99) * 99)")
    wait_until(lambda: folder.log.exists() and folder.log.stat().st_size > 10_000_000)
    launch.abort()
    wait_until(lambda: launch.read_events(StopEscalated))
    assert guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR


def test_an_abort_counts_whatever_the_clock_of_its_writer_says(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    ask(folder, AbortAsked(time.time() - 3600, "somebody on another machine"))
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR


def test_a_disk_that_is_full_delays_the_record_and_loses_nothing(launch: Any, wait_until: WaitUntil) -> None:
    code = "say(1, 2, val_cosine=0.5); sys.exit(3)"
    few_bytes = (700, resource.RLIM_INFINITY)  # the limit stands for a disk: beyond it nothing more can be written
    folder, guard = launch(code, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, few_bytes))
    wait_until(lambda: launch.read_events(TrainerStarted))
    (trainer,) = launch.read_events(TrainerStarted)
    wait_until(lambda: "too large" in folder.guard_errors.read_text())
    wait_until(lambda: not psutil.pid_exists(trainer.trainer.pid))
    assert guard.poll() is None
    assert launch.read_events(RunEnded) == []
    assert read_run(folder.path).outcome is None  # the guard lives: the run is not lost
    psutil.Process(guard.pid).rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert guard.wait(30) == ExitCode.CRASHED
    run = read_run(folder.path)
    assert run.ended is not None
    assert run.ended.exit_code == 3
    assert run.told["bad init"].verdict == "PASS"


def test_a_file_that_cannot_be_written_does_not_hold_up_the_others(launch: Any) -> None:
    launch.folder.path.mkdir()
    launch.folder.system.mkdir()
    launch.folder.guard_state.mkdir()
    launch.folder.path.rename(launch.tmp_path / "made")

    folder, guard = launch("time.sleep(1); say(1, 1, val_cosine=0.5)", preexec_fn=lambda: _merge(launch.tmp_path))
    assert guard.wait(30) == ExitCode.COMPLETED
    assert len(launch.read_events(RunEnded)) == 1
    assert "system.jsonl" in folder.guard_errors.read_text()


def _merge(tmp_path: Path) -> None:
    for made in (tmp_path / "made").iterdir():
        made.rename(tmp_path / "run" / made.name)


@pytest.mark.parametrize("module", ["amn_tui.run.guard", "amn_tui.run.starter"])
def test_a_second_one_in_the_folder_touches_nothing(launch: Any, wait_until: WaitUntil, module: str) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).system and read_run(folder.path).curve.epochs)
    os.kill(guard.pid, signal.SIGSTOP)  # so that only the second one could change anything
    before = {path.name: path.read_bytes() for path in folder.path.iterdir() if path != folder.guard_errors}
    assert launch.guard(module).wait(30) == ExitCode.ERROR
    after = {path.name: path.read_bytes() for path in folder.path.iterdir() if path != folder.guard_errors}
    os.kill(guard.pid, signal.SIGCONT)
    assert after == before
    assert f"guarded by process {guard.pid}" in folder.guard_errors.read_text()


def test_secrets_of_the_command_line_are_not_written_down(launch: Any) -> None:
    argv = ("true", "--token", "canary1", "--api-key=canary2", "HF_TOKEN=canary3", "http://me:canary4@host/x", "kept")
    folder, guard = launch("", argv=argv)
    assert guard.wait(30) == ExitCode.COMPLETED
    assert "canary" not in folder.guard_log.read_text()
    (started,) = launch.read_events(TrainerStarted)
    assert started.argv == ("true", "--token", "***", "--api-key=***", "HF_TOKEN=***", "http://***@host/x", "kept")


def test_a_folder_that_is_gone_does_not_keep_the_guard(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    (started,) = launch.read_events(TrainerStarted)
    folder.path.rename(launch.tmp_path / "moved")
    os.kill(started.trainer.pid, signal.SIGKILL)
    assert guard.wait(30) == ExitCode.ERROR
