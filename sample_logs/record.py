"""Record the sample runs anew, each a real run of the real commands: python sample_logs/record.py [NAME…]

Left out: checkpoints and the lock. Changed: the paths and the name of the machine that recorded.
"""

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from amn_tui.run.guard_events import TrainerStarted
from checks.jsonl import decode_line

HERE = Path(__file__).resolve().parent
AMN_TUI = (sys.executable, "-P", "-c", "from amn_tui.cli import main; main()")
LEFT_OUT = ("checkpoints", "lock", "guard.err", "trained")


def launch(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a headless launch into `folder`; what follows "--" stays last."""
    return subprocess.Popen([*AMN_TUI, "launch", "--headless", "--run-dir", str(folder), *arguments])


def record_healthy(folder: Path) -> None:
    """The demo as it ships."""
    launch(folder, "demo").wait()


def record_collapse(folder: Path) -> None:
    """Attempt 2 again: InfoNCE is nearly all of the loss; the epoch gates only warn, to see it through."""
    text = (HERE.parent / "amn_tui" / "plans" / "demo.toml").read_text("utf-8")
    plan = folder.with_suffix(".toml")
    plan.write_text(text.replace('on_fail = "abort"', 'on_fail = "warn"').replace('name = "demo"', 'name = "collapse"'))
    launch(folder, str(plan), "--set", "train.lambda_mse=0.5", "--set", "train.lambda_info=0.5").wait()


def record_gate_abort(folder: Path) -> None:
    """A learning rate far too low from a cold start: the kill-switch at epoch 1, with nobody attached."""
    launch(folder, "demo", "--set", "run.name=gate-abort", "--set", "train.lr=5e-5").wait()


def record_nan(folder: Path) -> None:
    """A temperature mistyped by 299 zeros: InfoNCE is nan from the first step on."""
    settings = ("run.name=nan-loss", "train.lambda_info=0.5", "train.tau=1e-300")
    launch(folder, "demo", *(word for setting in settings for word in ("--set", setting))).wait()


def record_killed(folder: Path) -> None:
    """Somebody, or the kernel, kills the trainer in the middle of epoch 3."""
    with launch(folder, "demo", "--set", "run.name=killed") as watching:
        wait_for(folder / "training.log", "Epoch 3/20 step")
        lines = (folder / "guard.jsonl").read_bytes().splitlines()
        started = next(event for line in lines if (event := decode_line(line, [TrainerStarted])))
        os.kill(started.trainer.pid, signal.SIGKILL)
        watching.wait()


def record_blocked(folder: Path) -> None:
    """Vectors of another encoder: preflight refuses, no training process ever exists."""
    launch(folder, "demo", "--set", "run.name=blocked", "--set", "data.train=wikipedia-minilm").wait()


def record_noisy(folder: Path) -> None:
    """Our trainer's lines drowned in noise, the last one torn."""
    launch(folder, "--", sys.executable, str(HERE / "noisy.py"), str(folder / "trained")).wait()


def record_original(folder: Path) -> None:
    """The original trainer's dialect."""
    launch(folder, "--", sys.executable, str(HERE / "original.py"), str(folder / "trained")).wait()


SAMPLES: dict[str, Callable[[Path], None]] = {
    "healthy": record_healthy,
    "collapse": record_collapse,
    "gate-abort": record_gate_abort,
    "nan": record_nan,
    "killed": record_killed,
    "blocked": record_blocked,
    "noisy": record_noisy,
    "original": record_original,
}


def wait_for(path: Path, words: str) -> None:
    """Wait until the file says so."""
    while not (path.is_file() and words in path.read_text("utf-8", "replace")):
        time.sleep(0.05)


def keep(folder: Path, name: str) -> None:
    """Copy a recorded run beside this script, without what is large and without this machine's names."""
    target = HERE / name
    expected = target / "expected.toml"
    kept = expected.read_bytes() if expected.exists() else None
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    names = {str(folder): f"~/amn-tui/runs/{name}", str(folder.parent): "~/amn-tui/runs", str(HERE.parent): "~/amn-tui",
             sys.executable: "~/amn-tui/.venv/bin/python", platform.node(): "workstation"}  # fmt: skip
    for file in target.iterdir():
        raw = file.read_bytes()
        for found, shown in names.items():
            raw = raw.replace(found.encode(), shown.encode())
        file.write_bytes(raw)
        file.chmod(0o644)
    target.chmod(0o755)
    if kept is not None:
        expected.write_bytes(kept)


def main() -> None:
    """Record the samples that are named, or all."""
    for name in sys.argv[1:] or SAMPLES:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch).resolve() / name
            SAMPLES[name](folder)
            keep(folder, name)


if __name__ == "__main__":
    main()
