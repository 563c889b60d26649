from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.windows import Windows, open_windows, write_npz
from trainer import curriculum
from trainer.curriculum import Curriculum, measure_coherence, plan_curriculum
from trainer.stages import Stage

MakeTable = Callable[..., Path]
STAGES = (Stage(0.3, 1), Stage(0.7, 6), Stage(1.0, 11))


def measure_slowly(windows: Windows, index: Sequence[int]) -> list[float]:
    found = []
    for i in index:
        vectors = [*windows.read_contexts(np.array([i]))[0], windows.read_targets(np.array([i]))[0]]
        cosines = [float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))) for a, b in pairwise(vectors)]
        found.append(sum(cosines) / len(cosines))
    return found


def write_as_npz(windows: Windows, path: Path) -> Windows:
    every = np.arange(len(windows))
    assert windows.article is not None
    positions = np.stack([windows.article, windows.first.astype(np.int32)], axis=1)
    write_npz(path, windows.read_contexts(every), windows.read_targets(every), positions)
    return open_windows(path, windows.context)


def rewrite(folder: Path, change: Callable[[NDArray[np.float32]], object]) -> None:
    rows = np.load(folder / "vectors.npy")
    change(rows)
    np.save(folder / "vectors.npy", rows)


def roughen(rows: NDArray[np.float32]) -> None:
    """Let neighbours grow less alike towards the end, and lengths be other than 1."""
    noise = np.random.default_rng(1).normal(size=rows.shape)
    rows += (noise * np.linspace(0, 0.5, len(rows))[:, None]).astype(np.float32)


@pytest.mark.parametrize("context", [1, 5])
@pytest.mark.parametrize("block", [8192, 7])
def test_table_and_npz_give_what_a_slow_loop_gives(
    make_table: MakeTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: int, block: int
) -> None:
    monkeypatch.setattr(curriculum, "BLOCK_VECTORS", block)
    folder = make_table(sizes=(9, 3, 20, 6))
    rewrite(folder, roughen)
    table = open_windows(folder, context)
    npz = write_as_npz(table, tmp_path / "windows.npz")
    index = np.random.default_rng(0).permutation(len(table))[: len(table) - 2]
    expected = measure_slowly(table, index.tolist())
    for windows in (table, npz):
        found = measure_coherence(windows, index)
        assert found.dtype == np.float32
        assert found == pytest.approx(expected, abs=1e-6)
    assert np.ptp(expected) > 0.3


def test_no_windows_have_no_coherence(make_table: MakeTable) -> None:
    assert measure_coherence(open_windows(make_table(sizes=(8, 8))), np.empty(0, np.int64)).shape == (0,)


@pytest.mark.parametrize(("value", "cosine"), [(0.0, 0.0), (np.nan, -1.0), (np.inf, -1.0)])
def test_a_broken_row_counts_against_its_own_windows_only(
    make_table: MakeTable, tmp_path: Path, value: float, cosine: float
) -> None:
    folder = make_table(sizes=(20,))
    sound = measure_coherence(open_windows(folder, 2), np.arange(18))
    rewrite(folder, lambda rows: rows.__setitem__(10, value))
    table = open_windows(folder, 2)
    for windows in (table, write_as_npz(table, tmp_path / "windows.npz")):
        found = measure_coherence(windows, np.arange(18))
        assert np.flatnonzero(~np.isclose(found, sound, atol=1e-5)).tolist() == [8, 9, 10]  # those that hold row 10
        assert found[9] == pytest.approx(cosine)  # row 10 is in both of its pairs


def draw_curriculum(count: int = 1000) -> Curriculum:
    coherence = np.random.default_rng(0).uniform(size=count).astype(np.float32)
    return plan_curriculum(STAGES, coherence)


@pytest.mark.parametrize(
    ("epoch", "count"), [(1, 300), (5, 300), (6, 700), (10, 700), (11, 1000), (10_000, 1000)]
)  # fmt: skip
def test_an_epoch_trains_on_the_most_coherent_windows_of_its_stage(epoch: int, count: int) -> None:
    planned = draw_curriculum()
    picked = planned.pick(epoch)
    assert len(picked) == planned.count(epoch) == count
    assert (np.diff(picked) > 0).all()
    left = np.setdiff1d(np.arange(1000), picked)
    assert planned.coherence[picked].min() >= planned.coherence[left].max(initial=-1)


def test_a_stage_only_adds_windows_and_the_last_one_leaves_nothing_out() -> None:
    planned = draw_curriculum()
    assert set(planned.pick(1)) < set(planned.pick(6)) < set(planned.pick(11))
    assert planned.pick(11).tolist() == list(range(1000))


def test_what_is_picked_depends_on_nothing_that_happened_before() -> None:
    first, second = draw_curriculum(), draw_curriculum()
    for epoch in (1, 6, 11):
        first.pick(epoch)
    assert first.pick(6).tolist() == second.pick(6).tolist()


def test_of_windows_that_are_equally_coherent_the_earlier_ones_go_first() -> None:
    planned = plan_curriculum((Stage(0.5, 1),), np.array([0.2, 0.5, 0.5, 0.2, 0.5, 0.2], dtype=np.float32))
    assert planned.pick(1).tolist() == [1, 2, 4]
    alike = plan_curriculum((Stage(0.5, 1),), np.ones(100, dtype=np.float32))
    assert alike.pick(1).tolist() == list(range(50))


def test_a_share_of_few_windows_is_at_least_one() -> None:
    assert plan_curriculum((Stage(0.001, 1),), np.array([0.1, 0.3], dtype=np.float32)).pick(1).tolist() == [1]


def test_the_log_says_what_an_epoch_trains_on() -> None:
    planned = plan_curriculum(STAGES, np.linspace(1, 0, 7180, dtype=np.float32))
    assert planned.describe(6) == "curriculum: epoch 6: 5,026 of 7,180 windows, coherence at least 0.300"
    assert planned.describe(11).endswith("7,180 of 7,180 windows, coherence at least 0.000")


@pytest.mark.parametrize(("stages", "count"), [((), 5), (STAGES, 0)])
def test_nothing_to_plan_is_refused(stages: tuple[Stage, ...], count: int) -> None:
    with pytest.raises(ValueError, match=f"{len(stages)} stages over {count} windows"):
        plan_curriculum(stages, np.ones(count, dtype=np.float32))


@pytest.mark.slow
def test_the_shipped_text_has_windows_of_every_coherence() -> None:
    windows = open_windows(Path(curriculum.__file__).parent / "datasets" / "wikipedia")
    coherence = measure_coherence(windows, np.arange(len(windows)))
    index = [0, len(windows) // 2, len(windows) - 1]
    assert coherence[index] == pytest.approx(measure_slowly(windows, index), abs=1e-5)
    assert coherence.mean() == pytest.approx(0.54, abs=0.02)  # as preflight measures its pairs
    assert np.percentile(coherence, 90) - np.percentile(coherence, 10) > 0.1
