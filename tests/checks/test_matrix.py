"""Every check against every kind of broken data: what it must refuse, and that it refuses nothing else."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.baseline import measure_reference
from checks.config import Sources, resolve_settings
from checks.data import open_data
from checks.dataset import open_dataset
from checks.reference import write_reference
from checks.registry import CHECKS
from checks.result import CheckEnded
from checks.runner import Preflight, run_preflight
from checks.verdict import Verdict
from tests.checks import broken_kinds as kinds

pytestmark = pytest.mark.slow

# . PASS, w WARN, F FAIL, E ERROR. Why a check other than the expected one has a say:
# - copies of rows from anywhere stand between neighbours, so they lower coherence, and lie on both sides of the split;
# - a nan makes every mean that it enters nan, and a nan never passes;
# - targets dealt out anew lie on both sides of the split as the contexts of others;
# - one article, or windows of unknown articles in random order, cannot be split, so that nothing can be said of leaks;
# - where neither file nor vectors say which window follows which, payload ids cannot be tested: ERROR, not PASS.
MATRIX = """
                          encoder  normal.  oracle  off by  adjac.  dupl.  leakage  window  trivial
healthy            table  .        .        .       .       .       .      .        .       .
healthy            npz    .        .        .       .       .       .      .        .       .
rotated space      table  F        .        .       .       .       .      .        .       .
rotated space      npz    F        .        .       .       .       .      .        .       .
other encoder      table  F        .        .       .       F       .      .        .       .
other encoder      npz    F        .        .       F       .       .      .        .       w
zero row           table  .        F        .       .       .       .      .        .       .
zero row           npz    .        F        .       .       .       .      .        .       .
nan                table  F        F        .       F       F       .      .        .       F
nan                npz    F        F        .       F       F       .      .        .       F
unnormalised       table  .        F        w       .       .       .      .        .       .
unnormalised       npz    .        F        w       .       .       .      .        .       .
permuted payload   npz    w        .        F       F       .       .      F        .       F
duplicates 5 %     table  .        .        .       .       F       F      F        .       .
duplicates 5 %     npz    .        .        .       .       F       F      F        .       .
shifted by one     npz    .        .        F       F       .       w      .        .       .
reversed           table  .        .        .       F       .       .      .        .       .
reversed           npz    .        .        .       F       .       .      .        .       .
shuffled order     table  w        .        .       F       F       .      .        .       .
shuffled order     npz    w        .        .       F       F       .      .        .       .
across articles    npz    .        .        .       F       .       .      F        F       .
wrong borders      table  .        .        .       F       .       .      .        .       .
wrong borders      npz    .        .        .       F       .       .      .        .       .
leaked split       table  .        .        .       .       w       w      F        .       .
leaked split       npz    .        .        .       .       w       w      F        .       .
lower coherence    table  w        .        .       .       F       .      .        .       .
lower coherence    npz    w        .        .       .       F       .      .        .       .
random order       npz    .        .        .       .       .       .      .        w       .
1-D positions      npz    .        .        .       .       .       .      .        w       .
1-D, random order  npz    .        .        E       w       .       .      F        w       .
aliases            npz    .        .        .       .       .       .      .        .       .
pickled metadata   npz    .        .        .       .       .       .      .        .       .
one metadata       npz    .        .        .       .       .       .      .        .       .
pickled contexts   npz    E        E        E       E       E       E      E        E       E
missing file       table  E        E        E       E       E       E      E        E       E
missing file       npz    E        E        E       E       E       E      E        E       E
empty set          table  E        E        E       E       E       E      E        E       E
empty set          npz    E        E        E       E       E       E      E        E       E
one article        table  w        .        .       .       .       .      E        .       E
one article        npz    w        .        .       .       .       .      E        .       E
"""
LETTERS = {Verdict.PASS: ".", Verdict.WARN: "w", Verdict.FAIL: "F", Verdict.ERROR: "E"}
ROWS = {(line[:19].strip(), line[19:24].strip()): line[24:].split() for line in MATRIX.strip("\n").split("\n")[1:]}
DATA_CHECKS = list(CHECKS)[:9]
SETTINGS = resolve_settings({"oracle_recall": {"queries": 250}})  # of 1,000: the table has a few thousand rows


@pytest.fixture(scope="module")
def source() -> Any:
    return kinds.read_rows()


@pytest.fixture(scope="module")
def reference(source: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure the reference of the healthy rows."""
    folder = tmp_path_factory.mktemp("reference")
    path = folder / "reference.json"
    write_reference(path, measure_reference(open_dataset("known", kinds.write_rows(source, folder), 5), "known"))
    return path


def run(train: Path, reference: Path, seed: int = 0) -> Mapping[str, CheckEnded]:
    """Run all checks of data, with their controls, as preflight does."""
    events: list[Any] = []
    sources = Sources(train, reference=reference, seed=seed)
    preflight = Preflight(
        checks=[CHECKS[name] for name in DATA_CHECKS], settings=SETTINGS, emit=events.append, overrides={},
        open_data=cache(lambda: open_data(sources, SETTINGS)), measure_baselines=lambda _: {},
    )  # fmt: skip
    run_preflight(preflight)
    return {event.check: event for event in events if isinstance(event, CheckEnded)}


def test_the_matrix_is_of_every_kind_and_of_every_check_of_data() -> None:
    assert set(ROWS) == set(kinds.KINDS)
    assert all(len(row) == len(DATA_CHECKS) for row in ROWS.values())
    columns = [{row[place] for row in ROWS.values()} for place in range(len(DATA_CHECKS))]
    assert all({".", "F"} <= column for column in columns)  # each is seen to pass and to refuse
    quiet = [kind for kind, row in ROWS.items() if not {"F", "E"} & set(row)]
    sound = ["healthy", "random order", "1-D positions", "aliases", "pickled metadata", "one metadata"]
    assert {kind for kind, _ in quiet} == set(sound)


@pytest.mark.parametrize(("kind", "form"), list(ROWS))
def test_what_must_be_refused_is_and_nothing_else(
    kind: str, form: str, source: Any, reference: Path, tmp_path: Path
) -> None:
    ended = run(kinds.KINDS[kind, form](source, tmp_path), reference)
    said = [f"{LETTERS[ended[name].verdict]} {name}: {ended[name].detail}" for name in DATA_CHECKS]
    assert "".join(line[0] for line in said) == "".join(ROWS[kind, form]), "\n".join(said)
    held = [ended[name].control.held for name in DATA_CHECKS if ended[name].control]  # type: ignore[union-attr]
    refused = [ended[name].verdict in (Verdict.FAIL, Verdict.ERROR) for name in DATA_CHECKS if ended[name].control]
    assert all(h or r for h, r in zip(held, refused, strict=True))


def test_lower_coherence_is_as_low_as_that_of_the_set_that_failed(source: Any) -> None:
    lowered = kinds.mix(source)
    assert measure_adjacency(lowered) / measure_adjacency(source) == pytest.approx(0.337 / 0.484, abs=0.01)


def measure_adjacency(rows: Any) -> float:
    inside = np.diff(rows.article) == 0
    return float(np.einsum("md,md->m", rows.rows[:-1], rows.rows[1:])[inside].mean())


@pytest.mark.parametrize("seed", range(20))
def test_healthy_data_raise_no_alarm(
    seed: int, shipped_reference: Any, tmp_path: Path, lab: Any, synthetic_reference: Any
) -> None:
    """Half of the shipped articles, drawn anew, as a table and in turn as an npz; and synthetic ones."""
    every = kinds.read_rows(every=1)
    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.permutation(len(every.offsets) - 1)[: len(every.offsets) // 2])
    resampled = kinds.pick_articles(every, chosen)
    path, known = tmp_path / "reference.json", tmp_path / "synthetic.json"
    write_reference(path, shipped_reference)
    write_reference(known, synthetic_reference)
    real = kinds.write_cut(kinds.cut(resampled), tmp_path) if seed % 4 == 0 else kinds.write_rows(resampled, tmp_path)
    made = lab.write_table(tmp_path / "synthetic", *lab.make_rows(seed))
    for train, against in ((real, path), (made, known)):
        alarms = [
            f"{name}: {end.detail}" for name, end in run(train, against, seed).items() if end.verdict.severity > 1
        ]
        assert not alarms
