"""Secrets reach no file, no screen and no report."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from amn_tui.cli import cli
from amn_tui.errors import run_reported
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run

Happened = Callable[[str], None]
WaitUntil = Callable[[Callable[[], object]], None]
AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]
CANARY = "c4n4ry"
READER = "import os, sys; print(len(sys.argv), sum('c4n' '4ry' in word for word in [*sys.argv, *os.environ.values()]))"
COMMAND = [
    sys.executable, "-c", READER, "--token", f"{CANARY}1", f"--api-key={CANARY}2", f"HF_TOKEN={CANARY}3",
    f"https://me:{CANARY}4@host/x", f"Authorization: Bearer {CANARY}5", f"https://host/?token={CANARY}6",
    f"https://hooks.slack.com/services/T0/B0/{CANARY}7", f"export API_KEY={CANARY}8; train --password {CANARY}9",
]  # fmt: skip


def launch_with_secrets(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MY_SECRET": f"{CANARY}10", "XDG_STATE_HOME": str(tmp_path / "state")}
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "run", *arguments]
    return subprocess.run(
        argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def find_canary(root: Path) -> list[str]:
    """Return the files, and the names of files, that hold the canary."""
    return [
        str(path)
        for path in root.rglob("*")
        if CANARY in path.name or (path.is_file() and CANARY.encode() in path.read_bytes())
    ]


@pytest.mark.fault(67)
@pytest.mark.fault(69)
@pytest.mark.slow
def test_secrets_reach_the_trainer_and_no_file_or_line(tmp_path: Path, happened: Happened) -> None:
    ended = launch_with_secrets(tmp_path, "--", *COMMAND)
    assert ended.returncode == ExitCode.COMPLETED, ended.stdout + ended.stderr
    assert (tmp_path / "run" / "training.log").read_text() == "10 9\n"  # 8 of its words and one variable
    assert find_canary(tmp_path) == []
    told = [ended.stdout, ended.stderr]
    told += [CliRunner().invoke(cli, ["attach", "--plain", str(tmp_path / "run")]).output]
    assert CANARY not in "".join(told)
    assert "--token ***" in told[0]
    assert CANARY not in str(read_run(tmp_path / "run"))
    files = sum(path.is_file() for path in (tmp_path / "run").rglob("*"))
    happened(f"10 secrets given, found in 0 of {files} files and 0 lines; the trainer got all")


@pytest.mark.fault(67)
@pytest.mark.slow
def test_a_run_whose_secrets_were_left_out_is_not_launched_again_without(tmp_path: Path, happened: Happened) -> None:
    assert launch_with_secrets(tmp_path, "--", *COMMAND).returncode == ExitCode.COMPLETED
    shutil.move(tmp_path / "run", tmp_path / "old")
    again = launch_with_secrets(tmp_path, "old/plan.toml")
    assert again.returncode == ExitCode.USAGE
    assert "run.command[4]: found '***', expected the secret" in again.stderr
    assert not (tmp_path / "run").exists()
    assert launch_with_secrets(tmp_path, "old/plan.toml", "--", *COMMAND).returncode == ExitCode.COMPLETED
    happened("launched again from its plan: refused by name; with the command: ran")


@pytest.mark.fault(67)
def test_a_plan_that_is_wrong_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.toml"
    for command in (f'"train --token {CANARY}"', f'["train", "--token", "{CANARY}", 3]'):
        path.write_text(f'[run]\nname = "a"\ncommand = {command}\n')
        asked = CliRunner().invoke(cli, ["launch", str(path)])
        assert asked.exception is not None
        assert CANARY not in asked.output + str(asked.exception)


@pytest.mark.fault(68)
def test_a_report_of_a_crash_has_no_local_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def crash(token: str) -> int:
        secret = token * 2
        raise RuntimeError(f"no such thing as {len(secret)}, asked with --token {token}")

    assert run_reported(lambda: crash(CANARY)) == ExitCode.ERROR
    said = capsys.readouterr()
    (report,) = tmp_path.rglob("crash.log")
    assert "RuntimeError: no such thing as 12, asked with --token ***" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
    assert CANARY not in report.read_text() + said.out + said.err
    assert said.err.count("\n") == 1
    happened("crash.log: 0600, a traceback without locals, secrets masked")


CRASHING_MONITOR = f"""
import sys
from amn_tui.ui.screens.monitor import MonitorScreen
def crash(self, *_):
    secret = "{CANARY}" * 1
    raise RuntimeError("forced")
MonitorScreen.on_mount = crash
sys.argv = ["amn-tui", "attach", sys.argv[1]]
from amn_tui.cli import main
main()
"""
CRASHING_GUARD = f"""
import sys
from amn_tui.run import guard
def crash(self, *_):
    secret = "{CANARY}" * 1
    raise RuntimeError("forced")
guard.Guard._hear_log = crash
guard.main()
"""


@pytest.mark.fault(68)
@pytest.mark.slow
def test_a_monitor_that_crashes_shows_no_local_variables(
    open_program: Callable[..., Any], launch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: Happened
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    assert guard.wait(30) == ExitCode.COMPLETED
    script = tmp_path / "monitor.py"
    script.write_text(CRASHING_MONITOR)
    terminal = open_program(sys.executable, str(script), str(folder.path))
    assert terminal.wait_for_exit() == ExitCode.ERROR
    script.unlink()
    assert "a fault of amn-tui itself" in terminal.text
    assert CANARY.encode() not in terminal.raw
    assert find_canary(tmp_path) == []
    assert "forced" in next(tmp_path.rglob("crash.log")).read_text()
    happened("monitor: one line and crash.log, no locals")


@pytest.mark.fault(68)
@pytest.mark.slow
def test_a_guard_that_crashes_shows_no_local_variables(launch: Any, tmp_path: Path, happened: Happened) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    assert guard.wait(30) == ExitCode.COMPLETED
    script = tmp_path / "guard.py"
    script.write_text(CRASHING_GUARD)
    with folder.guard_errors.open("ab") as errors:
        crashed = subprocess.run(
            [sys.executable, str(script), str(folder.path)], stderr=errors, check=False, timeout=30
        )
    script.unlink()
    assert crashed.returncode == ExitCode.ERROR
    assert "RuntimeError: forced" in folder.guard_errors.read_text()
    assert find_canary(tmp_path) == []
    happened("guard: guard.err without locals")
