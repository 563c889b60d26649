import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from checks.cosine import normalize
from checks.data import Data
from checks.predictors import SHRINKAGE, measure_predictors
from checks.sample import replace_vectors
from checks.windows import cut_windows


def fit(contexts: Any, targets: Any) -> Any:
    """Return the least-squares weights of the places in the context, one for each."""
    places = contexts.transpose(1, 0, 2).reshape(contexts.shape[1], -1)
    shrinkage = SHRINKAGE * np.trace(places @ places.T) / len(places)
    return np.linalg.solve(places @ places.T + shrinkage * np.eye(len(places)), places @ targets.ravel())


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_predictors_agree_with_a_plain_computation(kind: str, request: pytest.FixtureRequest) -> None:
    data: Data = request.getfixturevalue(kind)
    windows, held_out = data.train.windows, data.hold_out()
    contexts, targets = (read(np.arange(len(windows))) for read in (windows.read_contexts, windows.read_targets))
    c, t = contexts[held_out], targets[held_out]
    wanted = {
        "mean_of_context": (normalize(c.mean(axis=1)) * t).sum(axis=1).mean(),
        "copy_last": (c[:, -1] * t).sum(axis=1).mean(),
        "global_mean": (t @ normalize(targets[~held_out].mean(axis=0))).mean(),
        "context_next": (normalize(c[:, :-1].mean(axis=1)) * c[:, -1]).sum(axis=1).mean(),
        "ridge": (normalize(fit(contexts[~held_out], targets[~held_out]) @ c) * t).sum(axis=1).mean(),
    }
    assert measure_predictors(data) == pytest.approx({name: float(value) for name, value in wanted.items()}, abs=3e-6)


def test_the_shipped_table_has_the_known_baselines(shipped: Data) -> None:
    found = measure_predictors(shipped)
    assert found["mean_of_context"] == pytest.approx(0.600, abs=0.01)
    assert found["copy_last"] == pytest.approx(0.544, abs=0.02)
    assert abs(found["context_next"] - found["mean_of_context"]) < 0.004


def test_without_articles_the_end_of_the_file_is_held_out(healthy_npz: Data) -> None:
    windows = dataclasses.replace(healthy_npz.train.windows, article=None, chunk=None)
    data = dataclasses.replace(healthy_npz, train=dataclasses.replace(healthy_npz.train, windows=windows))
    assert np.flatnonzero(data.hold_out())[0] == int(len(windows) * 0.9)
    assert 0 < measure_predictors(data)["copy_last"] < 1


def test_one_article_cannot_be_split(lab: Any) -> None:
    with pytest.raises(ValueError, match="two articles"):
        measure_predictors(lab.make_data(cut_windows(lab.make_table(0, articles=1), 5)))


def test_weights_by_place_beat_equal_ones(shipped: Data) -> None:
    found = measure_predictors(shipped)
    assert found["mean_of_context"] < found["ridge"] == pytest.approx(0.617, abs=0.01)


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_a_row_of_nan_makes_no_good_number(kind: str, request: pytest.FixtureRequest, lab: Any) -> None:
    data: Data = request.getfixturevalue(kind)
    windows = data.train.windows
    rows = np.array(windows.context_rows)
    rows[::9] = np.nan
    changed = replace_vectors(windows, rows)
    found = measure_predictors(dataclasses.replace(data, train=dataclasses.replace(data.train, windows=changed)))
    assert math.isnan(found["ridge"])
    assert math.isnan(found["mean_of_context"])
