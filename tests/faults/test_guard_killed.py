"""A guard that is killed: training goes on, everybody sees that nobody guards it, and another guard takes it over."""

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import AlarmRaised, GateJudged, RunEnded, StopEscalated, TrainerAdopted, TrainerStarted
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from checks.errors import InputError

pytestmark = [pytest.mark.slow, pytest.mark.fault(5)]

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
# Says an epoch whenever a file of its name appears, and ends in the way that a file tells.
OBEDIENT = """
epoch = 1
say(1, val_cosine=0.5)
while True:
    for told in pathlib.Path('.').glob('say-*'):
        value = told.name[4:]; told.unlink(); epoch += 1
        say(epoch, val_cosine=value)
    if pathlib.Path('end').exists(): os._exit(0)
    time.sleep(0.02)
"""


@pytest.fixture
def orphan(launch: Any, wait_until: WaitUntil) -> Callable[..., Any]:
    """Return a function that launches a trainer, kills its guard, and returns the folder and the trainer's pid."""

    def make(code: str = OBEDIENT, **options: Any) -> Any:
        folder, guard = launch(code, cwd=launch.tmp_path, **options)
        wait_until(lambda: "bad init" in {event.gate for event in launch.read_events(GateJudged)})
        guard.kill()
        guard.wait()
        return folder, launch.read_events(TrainerStarted)[0].trainer.pid

    return make


def adopt(launch: Any) -> Any:
    return launch.guard("amn_tui.run.adoption")


def test_it_is_adopted_and_its_end_is_told_by_its_log(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    folder, trainer = orphan()
    assert psutil.pid_exists(trainer)
    assert read_run(folder.path).unguarded
    with pytest.raises(InputError, match="goes on"):
        take_lock(folder)  # the trainer keeps it
    said = len(launch.read_events(GateJudged))
    guard = adopt(launch)
    wait_until(lambda: not read_run(folder.path).unguarded)
    run = read_run(folder.path)
    assert run.adopted is not None
    assert run.adopted.trainer.pid == trainer
    assert run.adopted.guard.pid == guard.pid
    assert len(launch.read_events(GateJudged)) == said  # no verdict is told twice
    (launch.tmp_path / "say-0.51").touch()
    wait_until(lambda: len(read_run(folder.path).curve.epochs) == 2)
    (launch.tmp_path / "say-0.52").touch()
    wait_until(lambda: len(read_run(folder.path).curve.epochs) == 3)
    (launch.tmp_path / "end").touch()
    assert guard.wait(30) == ExitCode.COMPLETED, folder.guard_errors.read_text()
    run = read_run(folder.path)
    assert run.outcome is Outcome.COMPLETED
    assert run.ended is not None
    assert (run.ended.exit_code, run.ended.signal) == (None, None)
    assert "exit code is unknown" in run.ended.words
    os.close(take_lock(folder))
    happened("the trainer went on; its second guard told the end by the log, exit code unknown")


def test_an_end_that_the_log_does_not_tell_is_unknown(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil
) -> None:
    folder, _trainer = orphan()
    guard = adopt(launch)
    wait_until(lambda: not read_run(folder.path).unguarded)
    (launch.tmp_path / "end").touch()
    assert guard.wait(30) == ExitCode.LOST
    run = read_run(folder.path)
    assert run.outcome is Outcome.LOST
    assert run.ended is not None
    assert "after epoch 1 of 3; the exit code is unknown" in run.ended.words


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_gate_that_fails_without_a_guard_is_enforced_by_the_next(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil, when: str
) -> None:
    folder, _trainer = orphan()
    if when == "before":
        (launch.tmp_path / "say-0.40").touch()
        wait_until(lambda: len(read_run(folder.path).curve.epochs) == 2)
    guard = adopt(launch)
    if when == "after":
        wait_until(lambda: not read_run(folder.path).unguarded)
        (launch.tmp_path / "say-0.40").touch()
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE
    assert [alarm.gate for alarm in launch.read_events(AlarmRaised)] == ["collapse"]
    assert launch.list_members() == []


def test_everything_of_an_adopted_run_is_stopped(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"
    family = f"""
subprocess.Popen([sys.executable, '-c', {deaf!r}])
subprocess.Popen(['setsid', '-f', sys.executable, '-c', {deaf!r}])
"""
    folder, _ = orphan(family + OBEDIENT, grace_s=0.5)
    wait_until(lambda: len(launch.list_members()) >= 3)
    guard = adopt(launch)
    wait_until(lambda: not read_run(folder.path).unguarded)
    launch.abort()
    assert guard.wait(40) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []
    assert launch.read_events(RunEnded)[0].survivors == ()
    happened("abort under the second guard: 3 processes, a daemon among them, 0 left")


def test_what_was_asked_while_nobody_guarded_is_heard(launch: Any, orphan: Callable[..., Any]) -> None:
    orphan()
    launch.abort()
    assert adopt(launch).wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []


def test_a_stop_that_its_guard_did_not_finish_is_finished(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("signal.signal(15, signal.SIG_IGN); say(1, val_cosine=0.5); idle()", grace_s=1.0)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    launch.abort()
    wait_until(lambda: launch.read_events(StopEscalated))
    guard.kill()
    guard.wait()
    assert adopt(launch).wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []
    assert "tester" in launch.read_events(RunEnded)[0].words


def test_of_two_that_come_at_once_one_guards(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    _folder, _ = orphan()
    guards = [adopt(launch) for _ in range(4)]
    wait_until(lambda: sum(guard.poll() == 0 for guard in guards) == 3)
    wait_until(lambda: launch.read_events(TrainerAdopted))
    (adopted,) = launch.read_events(TrainerAdopted)
    (alive,) = [guard for guard in guards if guard.poll() is None]
    assert adopted.guard.pid == alive.pid
    alive.kill()
    alive.wait()
    second = adopt(launch)  # and the second one may be killed like the first
    wait_until(lambda: len(launch.read_events(TrainerAdopted)) == 2)
    launch.abort()
    assert second.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    happened("4 adopted at once: 1 guards, 3 left; killed too, it was followed by another")


def test_a_trainer_that_its_guard_had_no_time_to_name_is_found(
    launch: Any, orphan: Callable[..., Any], wait_until: WaitUntil
) -> None:
    folder, trainer = orphan()
    body = json.loads(folder.guard_state.read_text())
    folder.guard_state.write_text(json.dumps({**body, "trainer": None, "state": "preflight"}))
    assert read_run(folder.path).unguarded
    guard = adopt(launch)
    wait_until(lambda: read_run(folder.path).adopted)
    assert launch.read_events(TrainerAdopted)[0].trainer.pid == trainer
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []


def test_a_run_whose_guard_lives_keeps_it(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    os.kill(guard.pid, signal.SIGSTOP)  # slow is not gone
    assert adopt(launch).wait(30) == 0
    assert launch.read_events(TrainerAdopted) == []
    os.kill(guard.pid, signal.SIGCONT)
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    before = folder.guard_log.read_bytes()
    assert adopt(launch).wait(30) == 0  # nor is there anything to guard in a run that has ended
    assert folder.guard_log.read_bytes() == before
    assert time.time() - folder.guard_state.stat().st_mtime < 60
