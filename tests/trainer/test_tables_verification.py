"""The first debug action: every vector a unit vector, or which set is at fault and what to type."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.tables import __main__ as program

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]


@pytest.fixture
def pair(write_rows: WriteRows, draw_article: Draw) -> tuple[Path, Path]:
    return (write_rows("good", [draw_article(20, 0)]), write_rows("bad", [draw_article(20, 1)]))


def test_unit_vectors_pass_and_the_model_is_next(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["verify", *map(str, pair)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3] == "PASS  40 rows of 2 arrays are unit vectors"
    assert lines[-1] == "      next: amn-tui model check"


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [(3, 0.0, "1 rows of zeros"), (4, np.nan, "1 rows with nan"), (slice(None), 2.58, "mean norm")],
)
def test_a_faulty_set_fails_by_its_name(
    at: object, value: float, words: str, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = np.load(pair[1] / "vectors.npy")
    rows[at] = rows[at] * value if value == 2.58 else value
    np.save(pair[1] / "vectors.npy", rows)
    assert program.main(["verify", *map(str, pair), "--json"]) == 3
    body = json.loads(capsys.readouterr().out)
    assert body["verdict"] == "FAIL"
    assert words in body["found"]
    assert body["next"] == f"amn-tui data inspect {pair[1]}"


def test_what_is_no_data_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["verify", "wikipedai"]) == 2
    assert "did you mean wikipedia" in capsys.readouterr().err
