"""Our own trainer as two ranks under guard: stopped, killed, gone on with, and spread over two machines."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import Rung, StopEscalated
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.plan import DataSection, Plan, RunSection
from amn_tui.run.plan_file import read_plan, write_plan
from amn_tui.run.prepare import prepare_resume, prepare_run
from amn_tui.run.session import read_run
from checks.gate import Action, Gate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

WaitUntil = Callable[[Callable[[], object]], None]
AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]
UNREACHABLE = Gate(name="unreachable", metric="val_cosine", at=4, floor=0.999, on_fail=Action.ABORT)


def prepare(launch: Any, run: RunSection, *gates: Gate, **train: Any) -> None:
    """Make the run folder of our trainer on the smallest table that ships, without preflight.

    Where it works lies another trainer, which must not win.
    """
    wrong = launch.tmp_path / "trainer" / "__init__.py"
    wrong.parent.mkdir()
    wrong.write_text("raise SystemExit('the wrong trainer')\n")
    values = {"epochs": 10_000, "batch_size": 16, "device": "cpu", **train}
    plan = Plan(run=run, data=DataSection(train="moby-dick", reference="wikipedia"), train=values, gates=gates)
    folder = prepare_run(plan, Path("plan.toml"), run_dir=launch.folder.path)
    plan = read_plan(folder.plan)
    os.close(folder.held)
    assert plan.prepared is not None
    prepared = replace(plan.prepared, preflight_argv=(), cwd=str(launch.tmp_path))
    folder.plan.write_bytes(write_plan(replace(plan, prepared=prepared)))


def read_epochs(launch: Any) -> list[int]:
    return [reading.epoch for reading in read_run(launch.folder.path).curve.epochs]


def find_rank(launch: Any, rank: int) -> psutil.Process:
    found = [psutil.Process(pid) for pid in launch.list_members()]
    return next(process for process in found if process.environ().get("RANK") == str(rank))


def check_stopped(launch: Any, outcome: Outcome, by: str) -> None:
    """Hold that the first rank alone saved and said so, and that nothing is left."""
    run = read_run(launch.folder.path)
    assert run.outcome is outcome
    assert run.ended is not None
    assert "`last` saved at epoch" in run.ended.words
    log = launch.folder.log.read_text()
    assert log.count(" stopped by=") == 1
    assert f" stopped by={by} " in log
    assert (launch.folder.checkpoints / "last.safetensors").exists()
    assert launch.list_members() == []


def test_a_killed_rank_ends_the_run_which_goes_on_until_a_gate_stops_it(launch: Any, wait_until: WaitUntil) -> None:
    prepare(launch, RunSection(name="t", processes=2), UNREACHABLE)
    guard = launch.guard()
    wait_until(lambda: read_epochs(launch))
    find_rank(launch, 1).send_signal(signal.SIGKILL)
    assert guard.wait(60) == ExitCode.CRASHED
    run = read_run(launch.folder.path)
    assert run.ended is not None
    assert run.ended.exit_code == 1
    assert "rank 1 was killed by SIGKILL" in run.ended.words
    assert launch.list_members() == []

    os.close(prepare_resume(launch.folder, read_plan(launch.folder.plan)).held)
    assert launch.guard().wait(120) == ExitCode.STOPPED_BY_GATE
    check_stopped(launch, Outcome.ABORTED_BY_GATE, "SIGTERM")
    assert [event.rung for event in launch.read_events(StopEscalated)] == [Rung.TERM_MAIN]  # torchrun alone was told
    log = launch.folder.log.read_text()
    assert "resumed" in log
    assert log.count("processes=2") == 2  # two again
    epochs = read_epochs(launch)
    assert epochs == list(range(1, len(epochs) + 1))


def test_two_machines_train_together_and_stop_together(launch: Any, wait_until: WaitUntil, free_port: int) -> None:
    meet = ("--nnodes=2", "--master-addr=127.0.0.1", f"--master-port={free_port}")
    prepare(launch, RunSection(name="t", torchrun=meet))
    argv = [*AMN_TUI, "join", str(launch.folder.path), "--node-rank", "1"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as other:
        guard = launch.guard()
        wait_until(lambda: read_epochs(launch))
        launch.abort()
        assert guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
        check_stopped(launch, Outcome.ABORTED_BY_OPERATOR, "control.jsonl")
        said = other.communicate(timeout=60)[0].decode()
    assert other.returncode == 1
    assert "exitcode  : 143" in said  # its rank stopped, too, and was silent
    assert "Epoch" not in said
