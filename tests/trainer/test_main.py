import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.checkpoint import read_checkpoint
from trainer.config import TrainConfig
from trainer.events import EpochEnded, Stepped, Stopped, parse_line
from trainer.header import FOLDER, LAST
from trainer.stop import EXIT_STOPPED, StopRequest

TINY = ["--device", "cpu", "--threads", "1", "--log-every", "1"]
LIGHT = ["trainer.config", "trainer.recorder", "trainer.stop", "trainer.events", "trainer.header", "trainer.__main__"]


def start(*arguments: str, control: Path | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **({"AMN_CONTROL": str(control)} if control else {})}
    return subprocess.Popen(
        [sys.executable, "-m", "trainer", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def wait_for_a_step(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if isinstance(parse_line(line.rstrip("\n")), Stepped):
            return
    pytest.fail("the trainer ended before its first step")


def test_the_light_half_needs_only_the_standard_library() -> None:
    code = f"import sys; [__import__(name) for name in {LIGHT}]; print({{'torch', 'numpy'}} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_a_wrong_flag_is_one_line_and_exit_2_before_torch_is_there() -> None:
    began_s = time.monotonic()
    child = start("--lr", "-1")
    out, err = child.communicate()
    assert (child.returncode, out) == (2, "")
    assert err == "python -m trainer: --lr: found -1.0, expected a number above 0 and at most 10\n"
    assert time.monotonic() - began_s < 1.5


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("InputError('f', 'k', 1, 'two')", 2, "f: k: found 1, expected two"),
        ("OSError(28, 'No space left on device', 'x/last.safetensors')", 1, "x/last.safetensors: No space left"),
        ("MemoryError()", 1, "out of memory"),
        ("RuntimeError('CUDA out of memory. Tried to allocate 9 GiB')", 1, "out of memory"),
    ],
)
def test_what_a_person_can_mend_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    error: str,
    code: int,
    words: str,
) -> None:
    from checks.errors import InputError
    from trainer import __main__ as program
    from trainer import loop

    raised = eval(error, {"InputError": InputError})  # noqa: S307 (the words above)

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(loop, "train", fail)
    assert program.run(TrainConfig(output_dir=str(tmp_path / "run")), StopRequest(None, 0.0)) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from trainer import __main__ as program
    from trainer import loop

    def fail(*_: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(loop, "train", fail)
    with pytest.raises(RuntimeError, match="shapes differ"):
        program.run(TrainConfig(output_dir=str(tmp_path)), StopRequest(None, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, "control.jsonl"])
def test_a_stop_saves_a_last_that_loads_and_exits_143(
    make_table: Callable[..., Path], tmp_path: Path, by: signal.Signals | str
) -> None:
    control = tmp_path / "control.jsonl"
    control.write_text(json.dumps({"event": "abort_asked", "time": time.time() - 60, "by": "ann"}) + "\n", "utf-8")
    output = tmp_path / "run"
    child = start(
        *TINY, "--data", str(make_table()), "--output-dir", str(output), "--epochs", "100000", control=control
    )
    wait_for_a_step(child)
    if isinstance(by, signal.Signals):
        child.send_signal(by)
        child.send_signal(signal.SIGINT)  # impatience must not break the save
        child.send_signal(signal.SIGTERM)
    else:
        with control.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": "abort_asked", "time": time.time(), "by": "ann", "reason": ""}) + "\n")
    out, err = child.communicate()
    assert (child.returncode, err) == (EXIT_STOPPED, "")
    stopped = parse_line(out.splitlines()[-1])
    assert isinstance(stopped, Stopped)
    # Of signals that are pending together the operating system chooses the first.
    assert stopped.by in (("SIGTERM", "SIGINT") if isinstance(by, signal.Signals) else (by,))
    state = read_checkpoint(output / FOLDER / LAST).state
    assert (state.epoch, state.step) == (stopped.epoch, stopped.step)


@pytest.mark.slow
def test_a_run_from_the_shell_ends_with_0_and_goes_on_by_its_folder_alone(
    make_table: Callable[..., Path], tmp_path: Path
) -> None:
    output = str(tmp_path / "run")
    first = start(*TINY, "--data", str(make_table()), "--output-dir", output, "--epochs", "2")
    out, err = first.communicate()
    assert (first.returncode, err) == (0, "")
    assert [line for line in out.splitlines() if "Epoch 1" in line and "val_cosine" in line]
    second = start("--resume", output, "--epochs", "3")
    out, err = second.communicate()
    assert (second.returncode, err) == (0, "")
    ended = [event for event in map(parse_line, out.splitlines()) if isinstance(event, EpochEnded)]
    assert [(event.epoch, event.epochs) for event in ended] == [(3, 3)]


@pytest.mark.slow
def test_a_full_disk_ends_the_run_with_one_line_and_the_last_checkpoint_whole(
    make_table: Callable[..., Path], tmp_path: Path
) -> None:
    output = tmp_path / "run"
    arguments = [*TINY, "--data", str(make_table()), "--output-dir", str(output)]
    first = start(*arguments, "--epochs", "1")
    assert "saved checkpoint" in first.communicate()[0]
    size = (output / FOLDER / LAST).stat().st_size
    limited = (
        "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size // 2},) * 2); sys.argv[0] = 'trainer'; "
        "runpy.run_module('trainer', run_name='__main__')"
    )
    command = [sys.executable, "-c", limited, "--resume", str(output), "--epochs", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"python -m trainer: {output / FOLDER / LAST}: File too large\n"
    assert read_checkpoint(output / FOLDER / LAST).state.epoch == 2
    assert sorted(path.name for path in (output / FOLDER).iterdir()) == ["best.safetensors", "last.safetensors"]
