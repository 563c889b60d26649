"""How a trainer ends: its exact code or signal is shown, and a likely cause only where there is evidence."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.curve import Curve
from amn_tui.run.ending import Exit, decide_outcome
from amn_tui.run.guard_events import RunEnded, StopEscalated, TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.process import adopt_orphans
from amn_tui.run.session import read_run
from amn_tui.run.trainer_process import peek_exit
from tests.real import AMN_TUI, Terminal

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
slow = pytest.mark.slow
EARLY = "ended early: exit code 0 after epoch 1 of 3"
# What ends it, how that is said, and the exit code or the signal that is recorded.
WAYS = [
    ("say(3)", "exit code 0 after epoch 3", 0, None),
    ("say(1)", EARLY, 0, None),
    ("say(1); os._exit(0)", EARLY, 0, None),
    ("say(1); sys.exit(256)", EARLY, 0, None),  # the system keeps the last eight bits
    ("say(1); sys.exit(1)", "exit code 1 after epoch 1", 1, None),
    ("say(1); sys.exit(255)", "exit code 255 after epoch 1", 255, None),
    ("say(1); 1 / 0", "ZeroDivisionError: division by zero", 1, None),
    ("say(1); import ctypes; ctypes.string_at(0)", "killed by SIGSEGV", None, "SIGSEGV"),
    ("say(1); os.abort()", "killed by SIGABRT", None, "SIGABRT"),
    ("say(1); signal.signal(13, signal.SIG_DFL); os.kill(os.getpid(), 13)", "SIGPIPE", None, "SIGPIPE"),
    ("say(1); os.kill(os.getpid(), signal.SIGRTMIN + 1)", f"signal {signal.SIGRTMIN + 1}", None, "signal 35"),
]


@slow
@pytest.mark.fault(7)
@pytest.mark.parametrize(("code", "words", "exit_code", "name"), WAYS)
def test_the_exact_code_or_signal_is_told(
    launch: Any, happened: Happened, code: str, words: str, exit_code: int | None, name: str | None
) -> None:
    folder, guard = launch(code)
    completed = code == "say(3)"
    assert guard.wait(30) == (ExitCode.COMPLETED if completed else ExitCode.CRASHED)
    (ended,) = launch.read_events(RunEnded)
    assert words in ended.words
    assert (ended.exit_code, ended.signal) == (exit_code, name)
    assert ended.outcome is (Outcome.COMPLETED if completed else Outcome.CRASHED)
    if name in ("SIGSEGV", "SIGABRT"):
        assert "Fatal Python error" in folder.log.read_text()  # faulthandler says where
    happened(f"{len(WAYS)} ways of ending, each told by its code or signal")


@pytest.mark.fault(7)
def test_all_256_codes_are_told_apart(happened: Happened) -> None:
    for code in range(256):
        child = os.posix_spawn("/bin/sh", ["sh", "-c", f"exit {code}"], {})
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        ended = peek_exit(child)
        os.waitpid(child, 0)
        assert ended == Exit(code=code)
        assert f"exit code {code}" in decide_outcome(ended, None, Curve(), is_ours=False)[1]
    happened("exit codes 0 to 255, each told as it is")


@slow
@pytest.mark.fault(8)
@pytest.mark.parametrize("evidence", [True, False])
def test_memory_is_blamed_only_with_evidence(launch: Any, happened: Happened, evidence: bool) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs unshare -m: a private mount over the kernel's count")
    counted = launch.tmp_path / "vmstat"
    counted.write_text("pgfault 1\noom_kill 7\n")
    more = f"pathlib.Path({str(counted)!r}).write_text('pgfault 1\\noom_kill 8\\n')" if evidence else "pass"
    _folder, guard = launch(f"say(1); {more}; os.kill(os.getpid(), 9)", preexec_fn=lambda: _hide_counts(counted))
    assert guard.wait(30) == ExitCode.CRASHED
    (ended,) = launch.read_events(RunEnded)
    blamed = "killed by SIGKILL; likely out of memory: the kernel's killer was at work"
    assert ended.words == (blamed if evidence else "killed by SIGKILL; cause unknown")
    happened("kill -9 with a count of the kernel that grew: likely out of memory; without: cause unknown")


def _hide_counts(counted: Path) -> None:
    """In a mount namespace of one's own: a file over /proc/vmstat, and nothing where cgroups are."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    commands = f"mount --make-rprivate / && mount --bind {counted} /proc/vmstat && mount -t tmpfs none /sys/fs/cgroup"
    subprocess.run(["sh", "-c", commands], check=True)


@slow
@pytest.mark.fault(8)
def test_a_memory_limit_is_an_exit_code_with_its_last_words(launch: Any) -> None:
    limit = 1 << 30
    code = "say(1); bytearray(1 << 34)"
    _, guard = launch(code, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert guard.wait(30) == ExitCode.CRASHED
    assert launch.read_events(RunEnded)[0].words == "exit code 1 after epoch 1: MemoryError"


@slow
@pytest.mark.fault(9)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nowhere/python", "train.py"], "failed to start: /nowhere/python: No such file or directory"),
        ([sys.executable, "-c", "raise ImportError('no module named torch')"], "no module named torch"),
        ([sys.executable, "train.py"], "No such file"),
        (["/etc/passwd"], "failed to start: /etc/passwd: Permission denied"),
    ],
)
def test_what_never_starts_says_so(tmp_path: Path, happened: Happened, command: list[str], words: str) -> None:
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", "--", *command]
    told = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == ExitCode.CRASHED, told.stdout + told.stderr
    assert "failed to start" in told.stdout
    assert words in told.stdout
    happened(f"exit {told.returncode}, the last line of the log in the message")


@slow
@pytest.mark.fault(10)
def test_a_trainer_that_is_paused_is_shown_and_left_alone(
    launch: Any, open_terminal: Callable[..., Terminal], wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch("say(1); signal.pause(); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    terminal = open_terminal("attach", str(folder.path))
    terminal.wait_for("guarded")
    trainer = launch.read_events(TrainerStarted)[0].trainer.pid
    os.kill(trainer, signal.SIGSTOP)
    terminal.wait_for("PAUSED")
    terminal.wait_for(f"kill -CONT {trainer}")
    os.kill(trainer, signal.SIGCONT)
    terminal.wait_for(lambda: "PAUSED" not in terminal.text)
    assert guard.poll() is None
    assert read_run(folder.path).stop is None  # nothing is killed for being slow
    happened("SIGSTOP: PAUSED with how to go on; gone after SIGCONT; nothing killed")


@slow
@pytest.mark.fault(11)
def test_a_paused_trainer_is_stopped_all_the_same(launch: Any, wait_until: WaitUntil, happened: Happened) -> None:
    folder, guard = launch("signal.signal(15, lambda *_: sys.exit(7)); say(1); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    trainer = launch.read_events(TrainerStarted)[0].trainer.pid
    os.kill(trainer, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(trainer).status() == psutil.STATUS_STOPPED)
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.read_events(RunEnded)[0].exit_code == 7  # its own handler ran
    assert launch.list_members() == []
    happened("SIGTERM, then SIGCONT: its handler ran, exit code 7")


@slow
@pytest.mark.fault(12)
def test_a_zombie_counts_as_ended(launch: Any, wait_until: WaitUntil, happened: Happened) -> None:
    adopt_orphans()  # so that the trainer comes to this process, which never waits for it
    try:
        folder, guard = launch("say(3)\nwhile not pathlib.Path('end').exists(): time.sleep(0.01)", cwd=launch.tmp_path)
        wait_until(lambda: read_run(folder.path).curve.epochs)
        trainer = launch.read_events(TrainerStarted)[0].trainer.pid
        guard.kill()
        wait_until(lambda: read_run(folder.path).unguarded)  # the guard, too, is a zombie by now
        second = launch.guard("amn_tui.run.adoption")
        wait_until(lambda: not read_run(folder.path).unguarded)
        (launch.tmp_path / "end").touch()
        assert second.wait(30) == ExitCode.COMPLETED
        assert psutil.Process(trainer).status() == psutil.STATUS_ZOMBIE
        os.kill(trainer, 0)  # which says that it is there
        os.waitpid(trainer, 0)
    finally:
        ctypes.CDLL(None).prctl(36, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    happened("guard and trainer as zombies: both seen as ended")


@slow
@pytest.mark.fault(21)
def test_what_a_trainer_leaves_when_it_ends_by_itself_ends_too(
    launch: Any, wait_until: WaitUntil, happened: Happened
) -> None:
    code = """
daemon = 'import signal; signal.signal(15, signal.SIG_IGN); signal.pause()'
for _ in range(2):
    if os.fork() == 0: signal.pause()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: os.execv(sys.executable, [sys.executable, '-c', daemon])
    os._exit(0)
if os.fork() == 0: os._exit(0)  # nobody waits for it
say(3, 3); os._exit(0)
"""
    _folder, guard = launch(code, grace_s=0.2)
    wait_until(lambda: len(launch.list_members()) == 3)
    assert guard.wait(40) == ExitCode.COMPLETED
    assert launch.list_members() == []
    assert launch.read_events(RunEnded)[0].survivors == ()
    stopped = {pid for event in launch.read_events(StopEscalated) for pid in event.pids}
    assert len(stopped) == 3
    assert not any(psutil.pid_exists(pid) for pid in stopped)  # not even as a zombie
    happened("2 forked workers, a daemon and a zombie left behind: 0 processes left")
