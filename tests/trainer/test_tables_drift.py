import dataclasses
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.finding import Finding
from checks.verdict import Verdict
from trainer.tables import comparison, drift
from trainer.tables.comparison import print_comparison
from trainer.tables.drift import Drift, Side, judge_drift
from trainer.tables.measure import measure
from trainer.tables.measures import Spread, Values
from trainer.tables.page import Page, measure_width
from trainer.tables.rows import open_source

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]
Compare = Callable[..., tuple[dict[str, Drift], list[str]]]
ENCODER = {"encoder": "made up", "pooling": "mean", "normalized": True}


def open_side(name: str) -> tuple[Side, Values]:
    windows = open_source(name, 5)
    measures, values = measure(windows, name)
    return Side(windows, measures), values


def compare(a: str, b: str, page: Page | None = None) -> tuple[dict[str, Drift], list[str]]:
    (left, left_values), (right, right_values) = open_side(a), open_side(b)
    drifts = judge_drift(left, right)
    lines = print_comparison((left.measures, left_values), (right.measures, right_values), drifts, page or Page())
    return {found.about: found for found in drifts}, lines


@pytest.fixture
def write_set(write_rows: WriteRows) -> Callable[..., str]:
    """Write a table whose articles lie in a few directions, as text does; `axes` turns the space."""

    def write(name: str, *, seed: int = 0, alike: float = 0.5, axes: int = 0, **manifest: object) -> str:
        random = np.random.default_rng(seed)
        spread = np.exp(-np.arange(64) / 12)
        turn = np.linalg.qr(np.random.default_rng(axes).normal(size=(64, 64)))[0]
        articles = []
        for _ in range(60):
            rows = np.sqrt(alike) * random.normal(size=64) + np.sqrt(1 - alike) * random.normal(size=(15, 64))
            rows = (rows + 0.6 * (np.arange(64) < 4)) * spread @ turn
            articles.append((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
        return str(write_rows(name, articles, **{**ENCODER, **manifest}))

    return write


def test_text_of_the_same_kind_passes(write_set: Callable[..., str]) -> None:
    a, b = write_set("a"), write_set("b", seed=2)
    drifts, lines = compare(a, b)
    assert {about: found.verdict for about, found in drifts.items()} == dict.fromkeys(
        ("encoder", "space", "coherence", "norms"), Verdict.PASS
    )
    assert "PASS  B can be trained on as A was" in lines
    assert drifts["coherence"].next == f"amn-tui preflight demo --set data.train={b} --set data.reference={a}"


def test_a_rotated_space_fails_though_the_manifest_is_the_same(write_set: Callable[..., str]) -> None:
    drifts, _ = compare(write_set("a"), write_set("b", seed=1, axes=9))
    assert [about for about, found in drifts.items() if found.verdict is Verdict.FAIL] == ["space"]
    assert "another space" in drifts["space"].found
    assert drifts["space"].meaning == "a model of A cannot read B"


def test_less_coherent_text_fails_and_slightly_less_warns(write_set: Callable[..., str]) -> None:
    a, b = write_set("a"), write_set("b", alike=0.4)
    drifts, lines = compare(a, b)
    assert drifts["coherence"].verdict is Verdict.FAIL
    assert "below A's 0.5" in drifts["coherence"].found
    assert drifts["coherence"].next == f"amn-tui data filter {b} OUT --dry-run"
    assert lines[-1] == "FAIL  B must not be trained on as A was: mend it first"
    drifts, lines = compare(a, write_set("c", alike=0.482))
    assert drifts["coherence"].verdict is Verdict.WARN
    assert lines[-1] == "WARN  B differs from A: read on before training on it"


@pytest.mark.parametrize(("mean", "verdict"), [(0.484, Verdict.PASS), (0.471, Verdict.WARN), (0.337, Verdict.FAIL)])
def test_coherence_is_judged_by_the_rule_of_check_5(mean: float, verdict: Verdict) -> None:
    side, _ = open_side("moby-dick")
    known = dataclasses.replace(
        side.measures, adjacency=Spread(9, 0.484, 0.21, 0, 0.249, 0.45, 0.815, 1), low_share=0.179
    )
    found = dataclasses.replace(known, adjacency=dataclasses.replace(known.adjacency, mean=mean), random=0.05)
    judged = drift._judge_coherence(Side(side.windows, known), Side(side.windows, found))
    assert judged.verdict is verdict


def test_another_encoder_fails_and_none_written_down_warns(write_set: Callable[..., str]) -> None:
    a = write_set("a")
    drifts, _ = compare(a, write_set("b", encoder="an\x1b[31mother", pooling="cls"))
    assert drifts["encoder"].verdict is Verdict.FAIL
    assert drifts["encoder"].found == "encoder an\x1b[31mother, A has made up"
    drifts, _ = compare(a, write_set("c", pooling="cls"))
    assert drifts["encoder"].found == "pooling cls, A has mean"
    silent = write_set("silent")
    (Path(silent) / "manifest.json").write_text("{}", "utf-8")
    for left, right, which in ((silent, a, "A"), (a, silent, "B"), (silent, silent, "A and B")):
        drifts, _ = compare(left, right)
        assert drifts["encoder"].verdict is Verdict.WARN
        assert drifts["encoder"].found == f"no manifest says which encoder made {which}"


def test_faulty_rows_fail(write_set: Callable[..., str]) -> None:
    a, b = write_set("a"), write_set("b", seed=1)
    rows = np.load(Path(b) / "vectors.npy")
    rows[17] = 0
    np.save(Path(b) / "vectors.npy", rows)
    drifts, _ = compare(a, b)
    assert drifts["norms"].verdict is Verdict.FAIL
    assert "1 rows of zeros" in drifts["norms"].found


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.WARN, Verdict.FAIL])
def test_the_next_command_survives_any_name(
    verdict: Verdict, write_set: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for check in (drift.encoder_fingerprint, drift.adjacency_coherence, drift.eval_normalization):
        monkeypatch.setattr(check, "judge", lambda *_: Finding(verdict, "", "as it is"))
    path = write_set('it\'s "b"; ls', encoder="o'ne")
    drifts, lines = compare(path, path)
    name, wide = shlex.quote(path), compare(path, path, Page(width=10_000))[1]
    for found in drifts.values():
        words = shlex.split(found.next)
        assert words[0] == "amn-tui"
        assert any(json.dumps(path) in word or path in word for word in words)
        if found.verdict is not Verdict.PASS:
            assert any(shlex.split(line)[1:] == words for line in wide if "next:" in line)
    assert name in drifts["encoder"].next
    assert len(lines) > 40


@pytest.mark.slow
def test_the_shipped_tables_differ_as_they_should() -> None:
    drifts, lines = compare("wikipedia", "moby-dick")
    assert {about: found.verdict.value for about, found in drifts.items()} == {
        "encoder": "PASS", "space": "WARN", "coherence": "PASS", "norms": "PASS",
    }  # fmt: skip
    assert max(map(measure_width, lines)) <= 80
    drifts, lines = compare("wikipedia", "wikipedia-minilm")
    assert {about: found.verdict.value for about, found in drifts.items()} == {
        "encoder": "FAIL", "coherence": "FAIL", "norms": "PASS",
    }  # fmt: skip
    assert drifts["encoder"].found == "B has 384 numbers a vector, A has 768"
    assert lines[-1].startswith("FAIL")


def test_a_page_shows_both_sides_and_no_escape_of_a_file(write_set: Callable[..., str], tmp_path: Path) -> None:
    a, b = write_set("a"), write_set("b\x1b[2J", seed=1, alike=0.4, encoder="evil\x1b]0;x\x07")
    _, lines = compare(a, b)
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert [line.split() for line in lines if line.startswith("vectors ")] == [["vectors", "900", "900", "0"]]
    mean = next(line.split() for line in lines if line.startswith("cos(t, t+1): mean"))
    assert float(mean[3]) - float(mean[4]) == pytest.approx(float(mean[5].replace("−", "")), abs=0.0011)
    low = next(line.split() for line in lines if line.startswith("cos(t, t+1): below 0.30"))
    assert low[-1] == "pt"
    titles = [line for line in lines if line.startswith("A  ") and "B  " in line]
    assert [line.split("B  ")[0].strip() for line in titles] == [
        "A  cos(t, t+1)", "A  norm", "A  article length in chunks",
    ]  # fmt: skip
    wide = compare(a, b, Page(width=120))[1]
    assert max(map(len, wide)) > 110
    for line in lines[lines.index("─" * 80, 3) :]:
        assert len(line) <= 80 or str(tmp_path) in line, line  # a path is never broken


def test_a_long_command_goes_on_behind_a_backslash() -> None:
    command = "amn-tui preflight demo --set data.train=wikipedia --set 'data.ood=[\"moby-dick\"]'"
    assert comparison._print_next(command, " " * 4, Page()) == [
        "    next: amn-tui preflight demo --set data.train=wikipedia --set \\",
        "          'data.ood=[\"moby-dick\"]'",
    ]
    assert comparison._print_next("amn-tui data inspect 'a b'", "", Page()) == ["next: amn-tui data inspect 'a b'"]
