"""The guard with real processes: every way of ending, nothing left behind, nothing of anybody else's touched."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from amn_tui.run.control import AbortAsked, MonitorAttached, WaiveAsked, ask
from amn_tui.run.guard_events import AlarmRaised, ProcessIdentity, Rung, StopEscalated, TrainerStarted
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import ExitCode, Outcome, Phase
from amn_tui.run.process import identify_self
from amn_tui.run.session import read_run
from checks.errors import InputError

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]


@pytest.mark.parametrize(
    ("code", "outcome", "exit_code", "words"),
    [
        ("say(1, 1, val_cosine=0.5)", Outcome.COMPLETED, ExitCode.COMPLETED, "exit code 0"),
        ("say(1, val_cosine=0.5); sys.exit(3)", Outcome.CRASHED, ExitCode.CRASHED, "exit code 3"),
        ("raise ImportError('no such thing')", Outcome.CRASHED, ExitCode.CRASHED, "no such thing"),
        ("os.kill(os.getpid(), 11)", Outcome.CRASHED, ExitCode.CRASHED, "killed by SIGSEGV"),
        ("os.abort()", Outcome.CRASHED, ExitCode.CRASHED, "killed by SIGABRT"),
        ("os.kill(os.getpid(), 9)", Outcome.CRASHED, ExitCode.CRASHED, "killed by SIGKILL; cause unknown"),
        ("say(1, val_cosine=0.40); idle()", Outcome.ABORTED_BY_GATE, ExitCode.STOPPED_BY_GATE, "gate bad init"),
        ("say(1, val_cosine='nan'); idle()", Outcome.ABORTED_BY_GATE, ExitCode.STOPPED_BY_GATE, "gate"),
        ("say(1, val_cosine=.5, loss='inf'); idle()", Outcome.ABORTED_BY_GATE, ExitCode.STOPPED_BY_GATE, "gate finite"),
        ("say(1, val_cosine=.6); say(2, val_cosine=.5); idle()", Outcome.ABORTED_BY_GATE, 4, "gate collapse"),
    ],
)
def test_every_way_of_ending(launch: Any, code: str, outcome: Outcome, exit_code: int, words: str) -> None:
    folder, guard = launch(code)
    assert guard.wait(30) == exit_code, folder.guard_errors.read_text()
    run = read_run(folder.path)
    assert run.phase is Phase.ENDED
    assert run.outcome is outcome
    assert run.ended is not None
    assert words in run.ended.words
    assert launch.list_members() == []
    assert folder.guard_errors.read_text() == ""


def test_a_failed_gate_is_recorded_with_its_advice(launch: Any) -> None:
    folder, guard = launch("say(1, val_cosine=0.449999); idle()")
    guard.wait(30)
    (alarm,) = launch.read_events(AlarmRaised)
    assert alarm.advice == "look at the data"
    assert alarm.deadline == alarm.time  # nobody was attached: nothing to wait for
    assert read_run(folder.path).told["bad init"].value == 0.449999


def test_an_operator_stops_it_and_nothing_is_left(launch: Any, wait_until: WaitUntil) -> None:
    children = """
for _ in range(2):
    subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])
deaf = 'import signal; signal.signal(15, signal.SIG_IGN); signal.pause()'
subprocess.Popen(['setsid', '-f', sys.executable, '-c', deaf])
say(1, val_cosine=0.5); idle()
"""
    folder, guard = launch(children, grace_s=1.0)
    wait_until(lambda: len(launch.list_members()) >= 4)
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []
    run = read_run(folder.path)
    assert run.outcome is Outcome.ABORTED_BY_OPERATOR
    assert run.ended is not None
    assert run.ended.survivors == ()
    assert "tester: enough" in run.ended.words


def test_a_trainer_that_ignores_sigterm_meets_every_rung(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("signal.signal(15, signal.SIG_IGN); say(1, val_cosine=0.5); idle()", grace_s=0.5)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    launch.abort()
    launch.abort()  # twice is once
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    rungs = [event.rung for event in launch.read_events(StopEscalated)]
    assert rungs == [Rung.TERM_MAIN, Rung.TERM_GROUP, Rung.KILL_ALL]
    assert launch.list_members() == []


def test_a_trainer_that_saves_on_sigterm_is_given_the_time(launch: Any, wait_until: WaitUntil) -> None:
    code = """
def save(*_):
    print('saving', flush=True); open('saved', 'w').write('x'); sys.exit(143)
signal.signal(15, save); say(1, val_cosine=0.5); idle()
"""
    folder, guard = launch(code)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    launch.abort()
    guard.wait(30)
    assert (folder.path.parent / "saved").exists()
    assert [event.rung for event in launch.read_events(StopEscalated)] == [Rung.TERM_MAIN]


def test_a_stopped_process_is_woken_to_end(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("signal.signal(15, lambda *_: sys.exit(7)); say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    (started,) = launch.read_events(TrainerStarted)
    os.kill(started.trainer.pid, signal.SIGSTOP)
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    run = read_run(folder.path)
    assert run.ended is not None
    assert run.ended.exit_code == 7


def test_an_alarm_waits_for_somebody_who_is_there_and_can_be_waived(launch: Any, wait_until: WaitUntil) -> None:
    code = "time.sleep(0.5); say(1, 1, val_cosine=0.4); signal.signal(10, lambda *_: sys.exit(0)); idle()"
    folder, guard = launch(code)
    ask(folder, MonitorAttached(time.time(), "tester", identify_self()))
    wait_until(lambda: read_run(folder.path).alarm)
    alarm = read_run(folder.path).alarm
    assert alarm is not None
    assert alarm.deadline == pytest.approx(alarm.time + 60, abs=1)
    ask(folder, WaiveAsked(time.time(), "tester", alarm.alarm, "small data"))
    wait_until(lambda: read_run(folder.path).last_waiver)
    run = read_run(folder.path)
    assert run.alarm is None
    assert run.waived == {"bad init": "small data"}
    (started,) = launch.read_events(TrainerStarted)
    os.kill(started.trainer.pid, signal.SIGUSR1)
    assert guard.wait(30) == ExitCode.COMPLETED
    assert len(launch.read_events(AlarmRaised)) == 1


def test_the_countdown_ends_in_a_stop(launch: Any) -> None:
    folder, guard = launch("time.sleep(0.5); say(1, val_cosine=0.4); idle()", countdown_s=0.5)
    ask(folder, MonitorAttached(time.time(), "tester", identify_self()))
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE
    (alarm,) = launch.read_events(AlarmRaised)
    assert alarm.deadline > alarm.time


def test_a_monitor_that_was_killed_is_nobody(launch: Any) -> None:
    folder, guard = launch("time.sleep(0.5); say(1, val_cosine=0.4); idle()")
    gone = ProcessIdentity(2**22, 1, identify_self().boot_id)
    ask(folder, MonitorAttached(time.time(), "ghost", gone))
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE


def test_what_was_asked_of_an_earlier_part_is_over(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    guard.wait(30)
    ask(folder, AbortAsked(time.time() - 3600, "yesterday"))
    again = launch.guard()
    assert again.wait(30) == ExitCode.COMPLETED


def test_one_folder_one_run_even_when_the_guard_is_killed(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    second = launch.guard()
    assert second.wait(30) == ExitCode.ERROR
    assert "guarded by process" in folder.guard_errors.read_text()
    os.kill(guard.pid, signal.SIGKILL)
    guard.wait()
    (started,) = launch.read_events(TrainerStarted)
    assert psutil.pid_exists(started.trainer.pid)  # training goes on
    with pytest.raises(InputError, match="goes on"):
        take_lock(folder)
    assert read_run(folder.path).unguarded
    os.kill(started.trainer.pid, signal.SIGKILL)
    wait_until(lambda: read_run(folder.path).outcome is Outcome.LOST)


def test_a_program_that_is_not_there(launch: Any) -> None:
    folder, guard = launch("", argv=("/nowhere/python", "train.py"))
    assert guard.wait(30) == ExitCode.CRASHED
    run = read_run(folder.path)
    assert run.ended is not None
    assert "failed to start: /nowhere/python" in run.ended.words


def test_the_guard_told_to_end_stops_the_run(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    guard.send_signal(signal.SIGHUP)
    guard.send_signal(signal.SIGINT)
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []


def test_the_guard_is_small(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).system)
    assert psutil.Process(guard.pid).memory_info().rss < 40_000_000
    launch.abort()
    guard.wait(30)
