"""Who is who: another boot, a copied folder, a number that another process has now. Nobody else is ever signalled."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run.guard_events import RunEnded, TrainerAdopted, TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from tests.real import AMN_TUI, Terminal

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
SMALL = """
[run]
name = "small"
[data]
train = "moby-dick"
reference = "wikipedia"
[train]
epochs = 20
[checks]
encoder_fingerprint.enabled = false
oracle_recall.enabled = false
off_by_one.enabled = false
adjacency_coherence.enabled = false
"""
TRAINS = "say(1, val_cosine=0.5); idle()"


def ask(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    argv = [*AMN_TUI, *arguments]
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, timeout=150)


def reboot(folder: Path) -> None:
    """Let guard.json be of another boot, as it is after the machine was restarted."""
    body = json.loads((folder / "guard.json").read_text())
    for who in ("guard", "trainer"):
        body[who]["boot_id"] = "0f0f0f0f-another-boot"
    (folder / "guard.json").write_text(json.dumps(body))


@pytest.mark.fault(6)
@pytest.mark.timeout(240)
def test_a_run_that_a_reboot_ended_is_lost_and_goes_on(
    tmp_path: Path, open_terminal: Callable[..., Terminal], wait_until: WaitUntil, happened: Happened
) -> None:
    run_dir = tmp_path / "run"
    (tmp_path / "small.toml").write_text(SMALL)
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", "small.toml"]
    with subprocess.Popen(argv, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as first:
        wait_until(lambda: run_dir.exists() and read_run(run_dir).curve.saved)
        state = read_run(run_dir).guard
        assert state is not None
        assert state.state is not None
        assert state.state.trainer is not None
        for pid in (state.state.guard.pid, state.state.trainer.pid):
            os.kill(pid, signal.SIGKILL)
        assert first.wait(60) == ExitCode.LOST
    reboot(run_dir)
    told = ask("attach", "--plain", str(run_dir))
    assert told.returncode == ExitCode.LOST
    assert "LOST: the machine was restarted (another boot id)" in told.stdout
    terminal = open_terminal("attach", str(run_dir), columns=200)  # so that the command stands on one line
    terminal.wait_for("LOST")
    terminal.wait_for("amn-tui launch --resume")
    again = ask("launch", "--headless", "--resume", "run", cwd=tmp_path)
    assert again.returncode == ExitCode.COMPLETED, again.stdout + again.stderr
    assert [reading.epoch for reading in read_run(run_dir).curve.epochs] == list(range(1, 21))
    happened("LOST (another boot id), exit 7; --resume went on to the last epoch")


@pytest.mark.fault(6)
def test_a_living_process_of_another_boot_is_somebody_else(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch(TRAINS)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    os.kill(guard.pid, signal.SIGSTOP)  # so that it does not sign again
    reboot(folder.path)
    run = read_run(folder.path)
    assert run.outcome is Outcome.LOST
    assert ask("abort", str(folder.path)).returncode == ExitCode.LOST
    assert len(launch.list_members()) == 1  # nobody was signalled
    assert launch.read_events(TrainerAdopted) == []


@pytest.mark.fault(6)
def test_a_copied_folder_is_lost_and_the_run_itself_untouched(
    launch: Any, tmp_path: Path, wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch(TRAINS)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    copy = tmp_path / "copy"
    shutil.copytree(folder.path, copy)
    told = ask("attach", "--plain", str(copy))
    assert told.returncode == ExitCode.LOST
    assert "this folder is a copy" in told.stdout
    assert ask("abort", str(copy)).returncode == ExitCode.LOST
    guard.kill()
    guard.wait()
    assert ask("attach", "--plain", str(copy)).returncode == ExitCode.LOST
    assert read_run(folder.path).unguarded
    assert launch.read_events(TrainerAdopted) == []  # a guard of the copy would have stopped the run of the original
    assert len(launch.list_members()) == 1
    happened("copy: LOST, exit 7, abort refused; the run itself went on")


@pytest.mark.fault(12)
@pytest.mark.fault(5)
def test_guard_and_trainer_that_are_gone_are_lost(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch(TRAINS)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    trainer = launch.read_events(TrainerStarted)[0].trainer.pid
    guard.kill()
    os.kill(trainer, signal.SIGKILL)
    wait_until(lambda: read_run(folder.path).outcome is Outcome.LOST)
    assert launch.read_events(RunEnded) == []  # nobody saw it, so nobody wrote it
    assert launch.guard("amn_tui.run.adoption").wait(30) == 0


PID_REUSE = """
import os, signal, sys, time
from dataclasses import replace
from pathlib import Path

from amn_tui.run.adoption import find_orphan, rearm
from amn_tui.run.control import AbortAsked
from amn_tui.run.folder import RunFolder, read_place, write_whole
from amn_tui.run.guard_events import GuardState
from amn_tui.run.liveness import look_at, this_machine
from amn_tui.run.process import Sent, identify, is_gone, send_signal
from amn_tui.run.stop_request import ask_to_stop
from checks.errors import InputError
from checks.jsonl import encode_line

def start(pid=None):
    if pid is not None:
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(9)); signal.pause(); os._exit(0)
    return child

def end(pid):
    os.kill(pid, 9); os.waitpid(pid, 0)

guard, trainer = start(), start()
ids = [identify(guard), identify(trainer)]
folder = RunFolder(Path(sys.argv[1]))
state = GuardState(time.time(), *ids, this_machine().host, "training", read_place(folder))
write_whole(folder.guard_state, encode_line(state))
assert look_at(folder, this_machine()).alive
end(guard)
assert find_orphan(folder) is not None
end(trainer)
time.sleep(0.05)  # start times are told in hundredths of a second
assert start(guard) == guard and start(trainer) == trainer  # the same numbers, other processes
assert all(is_gone(identity) for identity in ids)
assert all(send_signal(identity, signal.SIGKILL) is Sent.GONE for identity in ids)
seen = look_at(folder, this_machine())
assert (seen.alive, seen.trainer_alive) == (False, False)
assert find_orphan(folder) is None and not rearm(folder, "me")
try:
    ask_to_stop(folder, AbortAsked(time.time(), "me"), reads_control=False)
except InputError as error:
    assert "nobody here" in str(error)
else:
    raise AssertionError("somebody was told")
assert os.waitpid(-1, os.WNOHANG) == (0, 0)  # both still there, and never signalled
print("held")
"""


@pytest.mark.fault(13)
def test_a_number_that_another_process_has_now_is_nobody(tmp_path: Path, happened: Happened) -> None:
    argv = ["unshare", "-Urpf", "--mount-proc", sys.executable, "-c", PID_REUSE, str(tmp_path)]
    told = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    if "unshare" in told.stderr:
        pytest.skip(f"needs unshare -Urpf: {told.stderr.strip()}")
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "held"
    assert not (tmp_path / "guard.err").exists()  # no guard was started for it
    happened("pids of guard and trainer used again: both ended, 4 ways to signal them, nobody signalled")
