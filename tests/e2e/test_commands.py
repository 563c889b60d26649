"""The commands as a script calls them: real processes, no terminal, lines and exit codes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from checks.installed import list_checks

pytestmark = pytest.mark.slow

AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]


def run_command(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AMN_TUI, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200,
        stdin=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    ended = run_command(tmp_path, "launch", "--headless", "--run-dir", "run", "--set", "train.epochs=3")
    assert ended.returncode == ExitCode.COMPLETED, ended.stdout + ended.stderr
    run = read_run(tmp_path / "run")
    assert run.outcome is Outcome.COMPLETED
    assert run.told["re-score"].verdict == "PASS"
    assert [line.ended.verdict for line in run.checks if line.ended] == ["PASS"] * len(list_checks())
    assert all(line.ended.control.held for line in run.checks if line.ended and line.ended.control)
    assert sum(line.ended is not None and line.ended.control is not None for line in run.checks) == len(list_checks())
    log = (tmp_path / "run" / "training.log").read_text()
    found = [line for line in log.splitlines() if "Epoch 1" in line and "val_cosine" in line]
    assert re.search(r"val_cosine=0\.\d+", found[0])  # the launch plan's own grep
    assert [line for line in log.splitlines() if "Epoch 1" in line and "train_cosine" in line]
    assert "COMPLETED" in ended.stdout
    assert "\x1b" not in ended.stdout


@pytest.mark.timeout(240)
def test_a_run_that_was_stopped_goes_on(tmp_path: Path, wait_until: Callable[[Callable[[], object]], None]) -> None:
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", "--set", "train.epochs=3"]
    with subprocess.Popen(argv, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as first:
        wait_until(lambda: (tmp_path / "run").exists() and read_run(tmp_path / "run").curve.epochs)
        stopped = run_command(tmp_path, "abort", "run", "--reason", "lunch")
        assert stopped.returncode == ExitCode.STOPPED_BY_OPERATOR
        assert first.wait(60) == ExitCode.STOPPED_BY_OPERATOR
    ended = run_command(tmp_path, "launch", "--headless", "--resume", "run")
    assert ended.returncode == ExitCode.COMPLETED, ended.stdout + ended.stderr
    assert "ABORTED" not in ended.stdout  # how the first part ended is not told again
    run = read_run(tmp_path / "run")
    assert [reading.epoch for reading in run.curve.epochs] == [1, 2, 3]
    assert run.curve.sessions == 2


@pytest.mark.timeout(240)
def test_a_gate_at_epoch_1_stops_a_run_with_nobody_attached(tmp_path: Path) -> None:
    ended = run_command(tmp_path, "launch", "--headless", "--run-dir", "run", "--set", "train.lr=5e-5")
    assert ended.returncode == ExitCode.STOPPED_BY_GATE, ended.stdout + ended.stderr
    run = read_run(tmp_path / "run")
    assert run.outcome is Outcome.ABORTED_BY_GATE
    assert run.told["bad init"].verdict == "FAIL"
    assert "fundamentally wrong" in (tmp_path / "run" / "guard.jsonl").read_text()
    again = run_command(tmp_path, "attach", "run")
    assert again.returncode == ExitCode.STOPPED_BY_GATE
    assert "ABORTED_BY_GATE" in again.stdout
    assert "fundamentally wrong" in again.stdout


ANOTHER_CLASS = """
import sys
if "trainer.rescore" in sys.orig_argv:
    from trainer.model import AMN
    AMN.compute_raw = lambda self, x: x.mean(dim=1) - self.residual_net(x[:, -2:].flatten(1))
"""


@pytest.mark.timeout(240)
def test_an_evaluator_with_another_forward_pass_raises_the_alarm_after_epoch_1(tmp_path: Path) -> None:
    """The weights load into it without an error, as once in real life: names and shapes are the same."""
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_CLASS)
    places = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    arguments = ("launch", "--headless", "--run-dir", "run", "--set", "train.epochs=500")
    ended = run_command(tmp_path, *arguments, PYTHONPATH=places)
    assert ended.returncode == ExitCode.STOPPED_BY_GATE, ended.stdout + ended.stderr
    run = read_run(tmp_path / "run")
    assert run.told["re-score"].verdict == "FAIL"
    assert run.told["re-score"].epoch == 1
    assert "the evaluator computes something else" in (tmp_path / "run" / "guard.jsonl").read_text()


def test_data_of_another_encoder_never_reach_a_training_process(tmp_path: Path) -> None:
    ended = run_command(tmp_path, "launch", "--headless", "--run-dir", "run", "--set", "data.train=wikipedia-minilm")
    assert ended.returncode == ExitCode.BLOCKED, ended.stdout + ended.stderr
    assert not (tmp_path / "run" / "training.log").exists()
    assert not (tmp_path / "run" / "guard.jsonl").exists()
    assert "FAIL" in ended.stdout


def test_preflight_as_json(tmp_path: Path) -> None:
    asked = run_command(tmp_path, "preflight", "demo", "--json")
    assert asked.returncode == 0
    rows = json.loads(asked.stdout)
    assert [row["verdict"] for row in rows] == ["PASS"] * len(list_checks())
    assert all(row["control"]["verdict"] in ("FAIL", "ERROR") for row in rows)
    assert all({"check", "verdict", "control", "measured", "expected", "detail", "seconds"} <= set(row) for row in rows)


def test_any_command_can_be_guarded(tmp_path: Path) -> None:
    lines = "import time\nfor i in (1, 2):\n  print(f'2026-11-22T10:24:40Z Epoch {i}/2 done val_cosine=0.5')\n"
    (tmp_path / "train.py").write_text(lines)
    ended = run_command(tmp_path, "launch", "--headless", "--run-dir", "run", "--", sys.executable, "train.py")
    assert ended.returncode == ExitCode.COMPLETED, ended.stdout + ended.stderr
    assert len(read_run(tmp_path / "run").curve.epochs) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["launch", "demoo"], ExitCode.USAGE, "did you mean 'demo'"),
        (["launch", "--set", "train.lrr=3"], ExitCode.USAGE, "train.lrr"),
        (["launch", "--set", "train.lr=nan"], ExitCode.USAGE, "train.lr"),
        (["launch", "--set", "checks.off_by_one.max_edge=1"], ExitCode.USAGE, "max_edge_gap"),
        (["launch", "--set", "data.train=nowhere.npz"], ExitCode.USAGE, "nowhere.npz"),
        (["launch", "--set", "run.name=../x"], ExitCode.USAGE, "run.name"),
        (["launch", "amn-790k"], ExitCode.USAGE, "training_sequences_ctx5.npz"),
        (["launch", "--override", "off_by_one="], ExitCode.USAGE, "REASON"),
        (["launch", "--"], ExitCode.USAGE, "expected a command"),
        (["launch", "--resume", "nowhere"], ExitCode.USAGE, "nowhere"),
        (["launch", "--bogus"], ExitCode.USAGE, "--bogus"),
        (["attach", "nowhere"], ExitCode.USAGE, "nowhere"),
        (["attach", ".", "--compare", "gone"], ExitCode.USAGE, "gone"),
        (["attach", ".", *["--compare", "."] * 9], ExitCode.USAGE, "found 9 runs, expected at most 8"),
        (["abort", "."], ExitCode.LOST, "nothing runs here"),
        (["preflight", "--set", "run.x=1"], ExitCode.USAGE, "run.x"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_code(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    asked = run_command(tmp_path, *arguments)
    assert asked.returncode == code
    assert words in asked.stderr
    assert "Traceback" not in asked.stderr
    assert not list(tmp_path.iterdir())  # nothing was made
