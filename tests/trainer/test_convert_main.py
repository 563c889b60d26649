import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.errors import InputError
from checks.table import open_table
from checks.windows import open_windows, write_npz
from trainer.convert import __main__ as program
from trainer.convert import from_npz
from trainer.convert.arguments import parse_arguments
from trainer.convert.draft import open_draft

MakeTable = Callable[..., Path]
WaitUntil = Callable[[Callable[[], object]], None]


@pytest.fixture
def source(make_table: MakeTable, tmp_path: Path) -> Path:
    windows = open_windows(make_table(sizes=(12, 9)))
    every = np.arange(len(windows))
    assert windows.article is not None
    assert windows.chunk is not None
    positions = np.stack([windows.article, windows.chunk], axis=1)
    path = tmp_path / "in" / "a.npz"
    path.parent.mkdir()
    write_npz(path, windows.read_contexts(every), windows.read_targets(every), positions)
    return path


def run(*arguments: object) -> int:
    return program.main([str(argument) for argument in arguments])


def test_an_npz_becomes_a_table(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out"
    assert run(source, output) == 0
    told = capsys.readouterr()
    assert told.out == f"{output}: 21 vectors of 16 (float32) in 2 articles\n"
    assert "11/11 windows" in told.err
    assert open_table(output).rows == 21
    assert output.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "table"]


def test_what_was_made_is_told_as_json(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(source) as arrays:
        np.savez(tmp_path / "b.npz", contexts=arrays["context_sequences"], targets=arrays["target_vectors"])
    assert run(tmp_path / "b.npz", tmp_path / "out", "--json", "--dtype", "float16") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    note = found.pop("notes")[0]
    assert found == {
        "table": str(tmp_path / "out"), "rows": 21, "dim": 16, "dtype": "float16", "articles": 2,
        "source": {"windows": 11, "context": 5, "order": "unknown"},
    }  # fmt: skip
    assert told.err.endswith(f"amn-tui data convert: note: {note}\n")


def test_a_shipped_table_is_converted_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("moby-dick", tmp_path / "out", "--dtype", "float16") == 0
    assert open_table(tmp_path / "out").stored.dtype == np.float16


def test_bad_input_is_one_line_and_2_and_leaves_nothing(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    before = sorted(tmp_path.iterdir())
    for arguments, told in (
        ((source, tmp_path / "there"), "a folder that does not exist yet"),
        ((source, tmp_path / "link"), "a folder that does not exist yet"),
        ((source, tmp_path / "no" / "out"), "a name in a folder that exists"),
        ((tmp_path / "gone.npz", tmp_path / "out"), "shipped name"),
        ((tmp_path / "other.npz", tmp_path / "out"), "one of the arrays context_sequences"),
        ((tmp_path / "there", tmp_path / "out"), "a manifest"),
        ((source, tmp_path / "out", "--half", "val"), "one of the arrays val_context_sequences"),
    ):
        assert run(*arguments) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert said.err.startswith("amn-tui data convert: ")
        assert told in said.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "interrupted; nothing is left behind"),
        (OSError(28, "No space left on device", "v.npy"), 1, "v.npy: No space left on device"),
        (ModuleNotFoundError("No module", name="numpy"), 1, "numpy is not installed: pip install 'amn-tui[train]'"),
    ],
)
def test_what_stops_it_leaves_nothing_behind(
    error: BaseException,
    code: int,
    line: str,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(from_npz, "write_parts", fail)
    before = sorted(tmp_path.iterdir())
    assert run(source, tmp_path / "out") == code
    assert capsys.readouterr().err.endswith(f"amn-tui data convert: {line}\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_comes_up_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def make() -> None:
        with open_draft(tmp_path / "out") as folder:
            (folder / "made").write_text("by us")
            (tmp_path / "out").mkdir()

    with pytest.raises(InputError, match="a folder that does not exist yet"):
        make()
    assert list(tmp_path.rglob("*")) == [tmp_path / "out"]


@pytest.mark.parametrize(
    ("argv", "told"),
    [("a", "required: OUT"), ("a b --dtype int8", "invalid choice"), ("a b --half both", "invalid choice")],
)
def test_wrong_usage_is_refused(argv: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(argv.split())
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


SLOW_DISK = """
import os, sys
from trainer.convert import __main__ as program, from_npz
def hang(*_):
    print("begun", flush=True)
    os.read(0, 1)
from_npz.write_parts = hang
program.install_interrupts()
sys.exit(program.main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_nothing_behind(number: signal.Signals, code: int, source: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    command = [sys.executable, "-c", SLOW_DISK, str(source), str(tmp_path / "out")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as worker:  # type: ignore[call-overload]
        assert worker.stdout.readline() == "begun\n"
        assert len(list(tmp_path.iterdir())) == len(before) + 1
        for _ in range(3):  # a person presses it again
            worker.send_signal(number)
        assert worker.wait(60) == code
        assert worker.stderr.read().endswith("amn-tui data convert: interrupted; nothing is left behind\n")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("everybody", [True, False])
def test_an_interrupt_of_the_command_leaves_nothing_behind(
    everybody: bool, tmp_path: Path, wait_until: WaitUntil
) -> None:
    os.mkfifo(tmp_path / "a.npz")  # nobody writes to it: reading it takes for ever
    command = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "data", "convert", "a.npz", "out"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as program:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
        (os.killpg if everybody else os.kill)(program.pid, signal.SIGINT)  # as a terminal does, or as kill does
        assert program.wait(60) == 130
        assert program.stderr is not None
        assert program.stderr.read() == "amn-tui data convert: interrupted; nothing is left behind\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.npz"]


@pytest.mark.slow
def test_the_command_hands_its_arguments_and_the_exit_code_on(source: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "data", "convert", str(source)]
    made = subprocess.run(
        [*command, "out", "--json"], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60
    )
    assert json.loads(made.stdout)["rows"] == 21
    again = subprocess.run([*command, "out"], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (2, "", 1)
    environment = {**os.environ, "COLUMNS": "200"}
    asked = subprocess.run([*command, "--help"], capture_output=True, text=True, env=environment, check=True)
    assert "examples:" in asked.stdout
