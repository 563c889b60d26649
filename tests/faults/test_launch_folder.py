"""One folder, one run: of launches at one moment one begins; what a killed one left is incomplete, and cleaned."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from checks.jsonl import decode_line
from tests.real import AMN_TUI

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
TRAIN = "print('2026-11-22T10:24:40Z Epoch 1/1 done val_cosine=0.5')"
HEAD = """
import json, os, sys
from pathlib import Path

import amn_tui.run.prepare
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.prepare import prepare_run
from checks.errors import InputError

PLAN = Plan(run=RunSection(name="t", command=("true",)))
amn_tui.run.prepare._ask_git = lambda: ""  # nothing but the folder is of interest

def prepare(path):
    return prepare_run(PLAN, Path("plan"), run_dir=path)
"""
RACE = (
    HEAD
    + """
def compete(path, start, told):
    os.read(start, 1)
    try:
        prepare(path)
        words = "won"
    except InputError as error:
        words = str(error)
    os.write(told, json.dumps(words).encode() + b"\\n")

for number in range(int(sys.argv[2])):
    path = Path(sys.argv[1]) / f"run-{number}"
    if number % 2: path.mkdir()  # what a launch left that was killed at once
    (start, go), (told, tell), (over, end) = os.pipe(), os.pipe(), os.pipe()
    for _ in range(2):
        if os.fork() == 0:
            os.close(end)
            compete(path, start, tell)
            os.read(over, 1)  # who won keeps the lock until both have tried
            os._exit(0)
    os.write(go, b"12")
    with os.fdopen(told) as lines:
        words = [json.loads(lines.readline()) for _ in range(2)]
    os.close(end)
    for _ in range(2): os.wait()
    for descriptor in (start, go, tell, over): os.close(descriptor)
    print(json.dumps([words, sorted(os.listdir(path))]))
"""
)
SEAM = (
    HEAD
    + """
from amn_tui.run.claim import is_incomplete, say_incomplete
from amn_tui.run.folder import RunFolder

EVENTS = ("os.mkdir", "os.chmod", "open", "os.rename", "os.remove", "os.listdir", "fcntl.flock")

def kill_at(count, path):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event in EVENTS and (event == "fcntl.flock" or str(path) in str(arguments[0])):
            seen += 1
            if seen == count: os._exit(9)
    sys.addaudithook(hook)

count = 0
while True:
    count += 1
    path = Path(sys.argv[1]) / f"run-{count}"
    child = os.fork()
    if child == 0:
        kill_at(count, path)
        prepare(path)
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    folder, left = RunFolder(path), sorted(os.listdir(path)) if path.exists() else None
    words = say_incomplete(folder) if path.exists() else ""
    prepare(path)  # cleaned, and launched into again
    print(json.dumps([killed, left, words, sorted(os.listdir(path))]))
    if not killed: break
"""
)


def run_program(code: str, *arguments: str) -> list[Any]:
    argv = [sys.executable, "-c", code, *arguments]
    told = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=100)
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.fault(14)
def test_of_two_at_a_barrier_one_has_the_folder(tmp_path: Path, happened: Happened) -> None:
    races = run_program(RACE, str(tmp_path), "50")
    assert len(races) == 50
    for words, left in races:
        (refused,) = [word for word in words if word != "won"]
        assert "a run that goes on, launched 2" in refused or "last changed 2" in refused
        assert left == ["lock", "plan.toml"]
    happened("50 races of two launches for one folder: 50 times one began, one was told since when")


@pytest.mark.fault(14)
def test_of_two_commands_one_trains(tmp_path: Path, happened: Happened) -> None:
    (tmp_path / "train.py").write_text(f"import time; time.sleep(1.5)\n{TRAIN}")
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", "--", sys.executable, "train.py"]
    both = [
        subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60) for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [ExitCode.COMPLETED, ExitCode.USAGE], told
    refused = told[codes.index(ExitCode.USAGE)][1]
    assert "a run that goes on" in refused or "last changed" in refused
    lines = RunFolder(tmp_path / "run").guard_log.read_bytes().splitlines()
    assert len([line for line in lines if decode_line(line, (TrainerStarted,))]) == 1
    happened(f"exit codes {sorted(codes)}; one trainer")


@pytest.mark.fault(14)
def test_a_launch_into_a_run_that_goes_on_says_who_and_when(launch: Any, wait_until: WaitUntil) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    before = {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir() if "guard.j" not in path.name}
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", str(folder.path), "--", "true"]
    told = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == ExitCode.USAGE
    assert f"guarded by process {guard.pid} on " in told.stderr
    assert "last seen 2" in told.stderr
    after = {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir() if "guard.j" not in path.name}
    assert {name: after[name] for name in before if name != "system.jsonl"} == {
        name: at for name, at in before.items() if name != "system.jsonl"
    }


@pytest.mark.fault(16)
def test_a_launch_killed_at_every_step_leaves_what_can_be_launched_again(tmp_path: Path, happened: Happened) -> None:
    steps = run_program(SEAM, str(tmp_path))
    assert len(steps) > 8
    for killed, left, words, after in steps:
        assert after == ["lock", "plan.toml"]
        assert ("incomplete run" in words) is (left is not None)
        assert killed or left == ["lock", "plan.toml"]
    happened(f"killed at each of {len(steps) - 1} steps: incomplete run, and launched into again")


@pytest.mark.fault(16)
@pytest.mark.parametrize("command", ["attach", "abort", "resume"])
def test_the_next_command_says_incomplete_run(tmp_path: Path, happened: Happened, command: str) -> None:
    run_program(HEAD + "prepare(Path(sys.argv[1]) / 'run'); os._exit(0)", str(tmp_path))
    arguments = ["launch", "--resume", "run"] if command == "resume" else [command, "run"]
    told = subprocess.run([*AMN_TUI, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == (ExitCode.LOST if command == "abort" else ExitCode.USAGE)
    assert "incomplete run: its launch was killed before anything ran" in told.stderr
    again = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", "--", sys.executable, "-c", TRAIN]
    assert subprocess.run(again, cwd=tmp_path, check=False, timeout=60, stdout=subprocess.DEVNULL).returncode == 0
    assert read_run(tmp_path / "run").outcome is Outcome.COMPLETED
    happened("attach, abort and --resume say incomplete run; a launch into it runs")


@pytest.mark.fault(16)
def test_a_launch_killed_during_the_checks_is_lost(launch: Any, wait_until: WaitUntil) -> None:
    endless = (
        "import os, pathlib, signal; pathlib.Path('new').write_text(str(os.getpid())); os.rename('new', 'checking')"
    )
    folder, starter = launch("say(1)", preflight=f"{endless}; signal.pause()", cwd=launch.tmp_path)
    wait_until((launch.tmp_path / "checking").exists)
    checks = int((launch.tmp_path / "checking").read_text())
    starter.kill()
    starter.wait()
    wait_until(lambda: not psutil.pid_exists(checks) or psutil.Process(checks).status() == psutil.STATUS_ZOMBIE)
    run = read_run(folder.path)
    assert run.outcome is Outcome.LOST
    assert run.ended is not None
    assert "the launch was killed before training began" in run.ended.words
