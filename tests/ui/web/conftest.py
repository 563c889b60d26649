"""A real server of a sample run, as amn-tui serve starts it."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

SAMPLE = Path(__file__).parents[3] / "sample_logs" / "healthy"
SERVE = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "serve"]
Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server on a run, or on a copy of a finished one, return its address; Ctrl-C must end all of it."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, run: Path | None = None) -> str:
        folder = run or shutil.copytree(SAMPLE, tmp_path / "finished", dirs_exist_ok=True)
        process = subprocess.Popen([*SERVE, str(folder), *options], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield start
    for process in started:
        screens = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        code = process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
        assert code == 0
        assert psutil.wait_procs(screens, 10)[1] == []
