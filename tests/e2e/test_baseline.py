"""amn-tui baseline: what was saved is a reference for check 5: healthy data pass, less coherent ones do not."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from amn_tui import baselines
from amn_tui.cli import cli
from amn_tui.errors import run_reported
from checks.errors import InputError
from trainer.datasets import find_saved_folder, list_saved, resolve_baseline


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., str]:
    """Write a table of articles whose chunks are `alike`, 64 numbers a vector."""

    def write(name: str, seed: int, alike: float) -> str:
        random = np.random.default_rng(seed)
        spread = np.exp(-np.arange(64) / 12)
        articles = []
        for _ in range(60):
            walk = random.normal(size=(25, 64))
            for at in range(1, 25):  # each chunk is nearest to the one before it
                walk[at] = alike * walk[at - 1] + np.sqrt(1 - alike**2) * walk[at]
            articles.append((walk + 0.6 * (np.arange(64) < 4)) * spread)
        rows = np.concatenate(articles)
        folder = tmp_path / name
        folder.mkdir()
        np.save(folder / "vectors.npy", (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
        np.save(folder / "offsets.npy", np.arange(0, 60 * 25 + 1, 25).astype(np.int64))
        lines = [json.dumps({"id": at, "title": f"Article {at}", "kind": "article"}) for at in range(60)]
        (folder / "articles.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        manifest = {"name": name, "dim": 64, "encoder": "made up", "pooling": "mean", "normalized": True}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        return str(folder)

    return write


def ask(*argv: str) -> Result:
    return CliRunner().invoke(cli, ["baseline", *argv], standalone_mode=False)


@pytest.mark.slow
def test_check_5_passes_against_a_saved_baseline_and_fails_where_coherence_is_lower(
    write_set: Callable[..., str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    known, healthy, loose = write_set("known", 0, 0.6), write_set("healthy", 1, 0.6), write_set("loose", 2, 0.35)
    assert ask("save", "my-584k", known).return_value == 0
    plan = tmp_path / "plan.toml"
    plan.write_text(f'[run]\nname = "x"\n[data]\ntrain = "{healthy}"\nreference = "my-584k"\n', "utf-8")

    def check(*more: str) -> tuple[int, str]:
        capfd.readouterr()
        asked = CliRunner().invoke(cli, ["preflight", str(plan), "--json", *more], standalone_mode=False)
        results = json.loads(capfd.readouterr().out)
        verdicts = {result["check"]: result["verdict"] for result in results}
        return int(asked.return_value), verdicts["adjacency_coherence"]

    code, verdict = check()
    assert verdict == "PASS"
    assert code == 0
    assert check("--set", f"data.train={loose}") == (3, "FAIL")


def test_a_saved_baseline_is_listed_shown_and_deleted(
    write_set: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    data = write_set("known", 0, 0.6)
    assert ask("save", "mine", data, "--json").return_value == 0
    assert json.loads(capfd.readouterr().out)["windows"] == 60 * 20
    assert list_saved() == ("mine",)
    assert resolve_baseline("mine") == find_saved_folder() / "mine.json"
    rows = json.loads(ask("list", "--json").output)
    assert [(row["name"], row["saved"]) for row in rows] == [("584k", False), ("wikipedia", False), ("mine", True)]
    assert "mine       saved  1,200 windows, made up" in ask("list").output
    assert json.loads(ask("show", "mine", "--json").output)["manifest"]["encoder"] == "made up"
    assert "next: amn-tui data compare mine NEW" in ask("show", "mine").output
    with pytest.raises(InputError, match="--replace"):
        baselines.prepare_save("mine", data, context=5, replace=False, as_json=False)
    assert ask("save", "mine", data, "--replace").return_value == 0
    assert ask("delete", "mine").output == "mine: deleted\n"
    assert list_saved() == ()
    assert [path.name for path in find_saved_folder().iterdir()] == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("save", "584k", "wikipedia"), "ships with the program"),
        (("save", "wikipedia", "wikipedia"), "ships with the program"),
        (("save", "../x", "wikipedia"), "expected 1 to 64"),
        (("save", "other", "wikipedai"), "did you mean wikipedia?"),
        (("show", "584"), "did you mean 584k?"),
        (("delete", "minne"), "did you mean mine?"),
        (("delete", "584k"), "ships with the program"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_2(
    argv: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    find_saved_folder().mkdir(parents=True)
    (find_saved_folder() / "mine.json").write_text("{}", "utf-8")
    assert run_reported(lambda: int(cli.main(["baseline", *argv], standalone_mode=False) or 0)) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert words in told


def test_a_damaged_baseline_is_listed_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    find_saved_folder().mkdir(parents=True)
    (find_saved_folder() / "torn.json").write_text("{", "utf-8")
    assert baselines.show_all(as_json=False) == 0
    assert "no reference" in capsys.readouterr().out
