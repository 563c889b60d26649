"""Either side of a comparison may be a baseline: what it records is judged as if the table were there."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.registry import keep_silent
from checks.verdict import Verdict
from trainer.tables import __main__ as program
from trainer.tables.drift import judge_drift
from trainer.tables.rows import open_source
from trainer.tables.sides import Side, is_baseline, measure_side, read_side

Draw = Callable[..., NDArray[np.float32]]
WriteRows = Callable[..., Path]
ENCODER = {"encoder": "made up", "pooling": "mean", "normalized": True}


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data" / "amn-tui" / "baselines").mkdir(parents=True)
    return tmp_path / "data" / "amn-tui" / "baselines"


@pytest.fixture
def write_set(write_rows: WriteRows) -> Callable[..., str]:
    """Write a table whose articles lie in a few directions, as text does; `axes` turns the space."""

    def write(name: str, *, seed: int = 0, alike: float = 0.5, axes: int = 0) -> str:
        random = np.random.default_rng(seed)
        turn = np.linalg.qr(np.random.default_rng(axes).normal(size=(64, 64)))[0]
        articles = []
        for _ in range(60):
            rows = np.sqrt(alike) * random.normal(size=64) + np.sqrt(1 - alike) * random.normal(size=(15, 64))
            rows = (rows + 0.6 * (np.arange(64) < 4)) * np.exp(-np.arange(64) / 12) @ turn
            articles.append((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
        return str(write_rows(name, articles, **ENCODER))

    return write


def save(data: str, folder: Path, name: str) -> str:
    assert program.main(["baseline", data, "--name", name, "--output", str(folder / f"{name}.json")]) == 0
    return name


def open_side(name: str) -> Side:
    return read_side(name)[0] if is_baseline(name) else measure_side(open_source(name, 5), name, keep_silent)[0]


def judge(a: str, b: str) -> dict[str, Verdict]:
    return {drift.about: drift.verdict for drift in judge_drift(open_side(a), open_side(b))}


@pytest.mark.parametrize("which", ["A", "B", "both"])
def test_a_baseline_stands_in_for_its_table_on_either_side(
    which: str, write_set: Callable[..., str], own_data_folder: Path
) -> None:
    good, alike = write_set("good"), write_set("alike", seed=2)
    turned, loose = write_set("turned", seed=1, axes=9), write_set("loose", alike=0.4)

    def pick(a: str, b: str) -> tuple[str, str]:
        return (
            save(a, own_data_folder, "first") if which in ("A", "both") else a,
            save(b, own_data_folder, "second") if which in ("B", "both") else b,
        )

    assert set(judge(*pick(good, alike)).values()) == {Verdict.PASS}
    assert judge(*pick(good, turned))["space"] is Verdict.FAIL
    verdicts = judge(*pick(good, loose))
    assert verdicts["coherence"] is Verdict.FAIL
    assert verdicts["norms"] is Verdict.PASS


def test_what_a_baseline_records_is_what_its_table_measures(
    write_set: Callable[..., str], own_data_folder: Path
) -> None:
    table = write_set("good")
    measured, (side, values) = open_side(table).measures, read_side(save(table, own_data_folder, "mine"))
    for key in ("rows", "articles", "windows", "copies", "random", "number_std", "dim"):
        assert getattr(side.measures, key) == pytest.approx(getattr(measured, key), abs=1e-5), key
    assert side.measures.norms.mean == pytest.approx(measured.norms.mean)
    assert side.measures.lengths == measured.lengths
    assert float(np.median(values.adjacency)) == pytest.approx(measured.adjacency.p50, abs=0.01)
    assert side.measures.profile[1] == pytest.approx(measured.profile[1], abs=0.02)


def test_the_584k_numbers_can_be_compared_though_nothing_else_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["compare", "584k", "moby-dick"]) == 3  # another encoder
    text = capsys.readouterr().out
    assert "A  584k" in text
    assert "cos(t, t+1): mean                           0.484          0.530         +0.046" in text
    assert "nan)" not in text
    assert program.main(["compare", "moby-dick", "584k", "--json"]) == 3
    body = json.loads(capsys.readouterr().out)
    coherence = next(drift for drift in body["drifts"] if drift["about"] == "coherence")
    assert "0.484 is 8.7% below" in coherence["found"]
    assert "nan" not in coherence["found"]
    assert body["found"].startswith("encoder: ")


@pytest.mark.parametrize(
    "table", [{"measures": {"rows": "many"}}, {"quantiles": {"norms": ["x", "y"]}}, {"measures": 3}, {"quantiles": [1]}]
)
def test_a_damaged_baseline_is_one_line(
    table: object, write_set: Callable[..., str], own_data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set("good")
    path = own_data_folder / f"{save(data, own_data_folder, 'mine')}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "table": table}))
    with pytest.raises(InputError, match="baseline save"):
        read_side("mine")
    capsys.readouterr()
    assert program.main(["compare", "mine", data]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_unknown_names_get_the_nearest_one(own_data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own_data_folder / "wiki-2026.json").write_text("{}")
    for argv, near in (
        (["compare", "wiki-2062", "moby-dick"], "wiki-2026"),
        (["compare", "moby-dik", "584k"], "moby-dick"),
    ):
        assert program.main(argv) == 2
        assert f"did you mean {near}?" in capsys.readouterr().err
