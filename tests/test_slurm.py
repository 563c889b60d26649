"""The sbatch script: what it starts, what it does with the scheduler's signals, and when the job comes again."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]
SCRIPT = Path(__file__).parents[1] / "docs" / "slurm" / "train.sbatch"

# Stands for amn-tui, srun and scontrol: writes down how it was called; a launch ends with the code that comes through
# a pipe, from the test or from an abort.
STAND_IN = """#!/bin/sh
name=$(basename "$0")
echo "$name $*" >> calls
case "$name $1" in
    "amn-tui launch") read -r code < pipe; exit "$code" ;;
    "amn-tui abort") echo 5 > pipe ;;
    "scontrol show") echo n1; echo n2 ;;
    srun*) echo "$PET_MASTER_ADDR:$PET_MASTER_PORT" > meeting ;;
esac
"""


class Job:
    """The script as Slurm runs it, in a folder of its own."""

    def __init__(self, tmp_path: Path) -> None:
        """Put the stand-ins on the path."""
        self.path = tmp_path
        (tmp_path / "bin").mkdir()
        for name in ("amn-tui", "srun", "scontrol"):
            (tmp_path / "bin" / name).write_text(STAND_IN)
            (tmp_path / "bin" / name).chmod(0o755)
        os.mkfifo(tmp_path / "pipe")

    def start(self, machines: int = 1) -> "subprocess.Popen[bytes]":
        """Start the script."""
        environment = {
            "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}", "SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "amn",
            "SLURM_JOB_NUM_NODES": str(machines), "SLURM_JOB_NODELIST": "n[1-2]",
        }  # fmt: skip
        argv = ["bash", str(SCRIPT), "plan.toml", "--set", "run.processes=4"]
        return subprocess.Popen(argv, cwd=self.path, env=environment)

    def read_calls(self) -> list[str]:
        """Return what was called, in order, the run folder as RUN."""
        calls = self.path / "calls"
        text = calls.read_text() if calls.exists() else ""
        return text.replace(str(self.path / "runs" / "amn-4711"), "RUN").splitlines()

    def is_launched(self) -> bool:
        """Tell whether the run has begun."""
        return any(call.startswith("amn-tui launch") for call in self.read_calls())

    def end(self, code: int) -> None:
        """Let the launch end with this code."""
        (self.path / "pipe").write_text(f"{code}\n")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.mark.parametrize("code", [0, 3, 4, 5, 6])
def test_a_run_that_ends_by_itself_is_not_begun_again(job: Job, code: int) -> None:
    script = job.start()
    job.end(code)
    assert script.wait(20) == code
    called = [call for call in job.read_calls() if not call.startswith("scontrol show")]
    assert called == ["amn-tui launch plan.toml --headless --run-dir RUN --set run.processes=4"]


@pytest.mark.parametrize(
    ("number", "reason", "again"),
    [(signal.SIGUSR1, "the time is up", True), (signal.SIGTERM, "the job was cancelled", False)],
)
def test_a_signal_stops_the_run_and_only_the_time_limit_brings_it_back(
    job: Job, wait_until: WaitUntil, number: signal.Signals, reason: str, again: bool
) -> None:
    script = job.start()
    wait_until(job.is_launched)
    script.send_signal(number)
    assert script.wait(20) == 5
    assert f"amn-tui abort RUN --reason slurm: {reason}" in job.read_calls()
    assert ("scontrol requeue 4711" in job.read_calls()) is again


def test_a_run_that_has_a_checkpoint_goes_on(job: Job) -> None:
    (job.path / "runs" / "amn-4711" / "checkpoints").mkdir(parents=True)
    script = job.start()
    job.end(0)
    assert script.wait(20) == 0
    assert "amn-tui launch --headless --resume RUN" in job.read_calls()


def test_a_run_without_a_checkpoint_begins_anew_and_nothing_of_it_is_lost(job: Job) -> None:
    (job.path / "runs" / "amn-4711").mkdir(parents=True)
    (job.path / "runs" / "amn-4711" / "training.log").write_text("of the first turn\n")
    script = job.start()
    job.end(0)
    assert script.wait(20) == 0
    (kept,) = (job.path / "runs").iterdir()
    assert kept.name.startswith("amn-4711.before-")
    assert (kept / "training.log").read_text() == "of the first turn\n"


def test_the_other_machines_join_where_the_first_one_is(job: Job, wait_until: WaitUntil) -> None:
    script = job.start(machines=3)
    wait_until(lambda: (job.path / "meeting").exists() and (job.path / "meeting").read_text())
    job.end(0)
    assert script.wait(20) == 0
    assert (job.path / "meeting").read_text() == "n1:24711\n"
    (step,) = [call for call in job.read_calls() if call.startswith("srun")]
    assert step.startswith("srun --nodes=2 --ntasks=2 --relative=1 bash -c exec amn-tui join")
    assert step.endswith(" RUN")
