import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

import amn_tui.cli_data
from amn_tui.cli import cli
from checks.table import open_table
from checks.windows import write_npz
from trainer.tables import __main__ as program
from trainer.tables import commands
from trainer.tables.page import measure_width
from trainer.tables.rows import open_source

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def table(write_rows: WriteRows, draw_article: Draw) -> Path:
    titles = ["Whole", "List of it", "Other", "\x1b[31mBit"]
    return write_rows("in", [draw_article(size, size) for size in (40, 12, 30, 6)], titles, dtype="int8")


def test_inspect_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["inspect", "moby-dick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(measure_width, lines)) == 80
    assert lines[0] == "moby-dick                                       table of 499 vectors × 768, int8"
    assert "articles        18: 18 article" in lines
    assert "cos(t, t+1)         0.530    0.128    0.193    0.362    0.533    0.695    0.826" in lines
    assert "cosine of chunks    0.530    0.487    0.480    0.473    0.460    0.351" in lines
    assert any("█" in line for line in lines)


def test_inspect_as_json_is_one_object(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["inspect", str(table), "--json", "--context", "7"]) == 0
    told = capsys.readouterr().out
    found = json.loads(told)
    assert told.count("\n") == 1
    assert (found["rows"], found["windows"], found["context"]) == (88, 33 + 5 + 23, 7)
    assert found["adjacency"]["count"] == 84
    assert found["lengths"]["max"] == 40
    assert "event" not in found


def test_no_escape_of_a_file_reaches_the_terminal(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles = (table / "articles.jsonl").read_text("utf-8").replace('"kind": "article"', '"kind": "\\u001b[2J"')
    (table / "articles.jsonl").write_text(articles, "utf-8")
    (table / "manifest.json").write_text(json.dumps({"encoder": "\x1b]0;x\x07", "weights_sha256": "\x9b1m"}), "utf-8")
    for argv in (["inspect", str(table)], ["filter", str(table), "out", "--dry-run"], ["inspect", "\x1b[31m"]):
        program.main(argv)
        told = capsys.readouterr()
        assert told.out + told.err
        assert not set(told.out + told.err) & {"\x1b", "\x07", "\x9b"}


def test_compare_answers_with_its_exit_code(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["compare", str(table), str(table), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "WARN"  # no manifest names an encoder
    assert [drift["about"] for drift in found["drifts"]] == ["encoder", "space", "coherence", "norms"]
    assert all(drift["next"].startswith("amn-tui ") for drift in found["drifts"])
    assert found["a"]["rows"] == found["b"]["rows"] == 88
    rows = np.load(table / "vectors.npy")
    worse = table.with_name("worse")
    worse.mkdir()
    for file in table.iterdir():
        (worse / file.name).write_bytes(file.read_bytes())
    np.save(worse / "vectors.npy", np.random.default_rng(0).permutation(rows))
    assert program.main(["compare", str(table), str(worse)]) == 3
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAIL")


def test_a_dry_run_writes_nothing(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["filter", str(table), str(tmp_path / "out"), "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "filter-junk: 2 of 4 articles (8 of 68 windows) left out: 1 list, 1 stub"
    assert lines[-1] == "nothing was written"
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


def test_filter_writes_what_the_rules_leave(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out"
    argv = ["filter", str(table), str(output), "--rule", "stub", "--set", "min_windows=10", "--json"]
    assert program.main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["articles_removed"] == {"stub": 2}
    assert [gone["title"] for gone in found["removed"]] == ["List of it", "�[31mBit"]
    note = open_table(output).manifest["filtered"][0]
    assert note["thresholds"]["min_windows"] == 10
    assert note["rules"] == ["stub"]
    assert note["command"].endswith("--rule stub --set min_windows=10")
    assert (note["windows"], note["windows_removed"]) == (68, 8)
    assert open_table(output).read_titles() == ["Whole", "Other"]
    assert program.main(argv) == 2
    assert "a folder that does not exist yet" in capsys.readouterr().err


def test_an_npz_can_be_judged_but_not_written(
    draw_article: Draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = draw_article(12, 0)
    contexts = np.stack([rows[i : i + 5] for i in range(7)])
    positions = np.stack([np.zeros(7), np.arange(5, 12)], axis=1).astype(np.int32)
    path = tmp_path / "w.npz"
    write_npz(path, contexts, rows[5:], positions)
    assert program.main(["filter", str(path), str(tmp_path / "out"), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("filter-junk: 0 of 1 articles (0 of 7 windows)")
    assert program.main(["filter", str(path), str(tmp_path / "out")]) == 2
    assert "found 'an npz', expected a table folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["inspect", "gone"], "data: found 'gone', expected a table folder or an npz"),
        (["compare", "wikipedia", "wikipedai"], "did you mean wikipedia"),
        (["filter", "moby-dick", "out", "--rule", "stubs"], "--rule: found 'stubs', expected 'stub'"),
        (["filter", "moby-dick", "out", "--set", "x=1"], "--set: found 'x=1'"),
    ],
)
def test_bad_input_is_one_line_and_2(
    argv: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "measure_side", None)  # nothing is measured before every name is known
    assert program.main(argv) == 2
    ended = capsys.readouterr()
    assert (ended.out, ended.err.count("\n")) == ("", 1)
    assert ended.err.startswith("amn-tui data: ")
    assert told in ended.err


@pytest.mark.parametrize("argv", [[], ["inspect"], ["compare", "a"], ["inspect", "a", "--context", "1"], ["look"]])
def test_wrong_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(argv)
    assert ended.value.code == 2
    assert "usage: amn-tui data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("inspect", "2 not a table"),
        ("compare", "3 FAIL or ERROR"),
        ("filter", "min_windows=5       stub: least windows"),
    ],
)
def test_help_says_exit_codes_and_thresholds(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert words in told
    assert "exit status: 0" in told


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OSError(28, "No space left on device", "v.npy"), 1, "v.npy: No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was written"),
    ],
)
def test_a_full_disk_and_an_interrupt_are_told(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise error

    monkeypatch.setattr(commands, "run_command", fail)
    assert program.main(["inspect", "moby-dick"]) == code
    assert capsys.readouterr().err == f"amn-tui data: {line}\n"


def test_a_python_without_numpy_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.importlib.util, "find_spec", lambda _: None)
    assert program.main(["inspect", "moby-dick"]) == 2
    assert "pip install 'amn-tui[train]'" in capsys.readouterr().err


class Terminal:
    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_a_long_table_shows_a_bar_on_a_terminal(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows, terminal = open_source(str(table), 5), Terminal()
    commands.follow(windows, terminal)(1.0, "")  # type: ignore[arg-type]
    assert terminal.text == ""  # a moment needs none
    monkeypatch.setattr(commands, "LONG_ROWS", 50)
    commands.follow(windows, terminal)(0.5, "")  # type: ignore[arg-type]
    assert "44/88 rows" in terminal.text


@pytest.mark.slow
def test_as_a_program(table: Path, tmp_path: Path) -> None:
    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "data", *argv]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    ended = run("filter", str(table), "out")
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "out: 2 articles")
    assert run("compare", str(table), "moby-dick").returncode == 3  # the child's exit code is the command's


def test_the_commands_are_listed_and_hand_on_what_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = CliRunner().invoke(cli, ["data", "--help"]).output
    assert all(name in listed for name in ("build", "inspect", "compare", "filter"))
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        asked.append(command)
        return 3

    monkeypatch.setattr(amn_tui.cli_data, "run_worker", run)
    argv = ["data", "compare", "a", "--json", "--help"]
    assert CliRunner().invoke(cli, argv, standalone_mode=False).return_value == 3
    assert asked == [["trainer.tables", "compare", "a", "--json", "--help"]]
