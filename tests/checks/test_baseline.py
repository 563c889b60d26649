import dataclasses
from pathlib import Path
from typing import Any

import pytest

from checks.baseline import measure_reference
from checks.data import Data
from checks.dataset import open_dataset
from checks.reference import read_reference


@pytest.mark.slow
def test_the_shipped_baseline_is_that_of_the_shipped_table(shipped: Data, lab: Any) -> None:
    """It is made by: python -m checks baseline --name wikipedia --data … --output …/baselines/wikipedia.json."""
    recorded = read_reference(lab.datasets / "baselines" / "wikipedia.json")
    measured = measure_reference(shipped.train, "wikipedia")
    assert recorded.manifest == measured.manifest
    assert recorded.windows == measured.windows == 7979
    assert recorded.profile == pytest.approx(measured.profile, abs=1e-3)
    assert recorded.profile == pytest.approx((0.545, 0.478, 0.447, 0.429, 0.416), abs=0.01)
    assert recorded.adjacency is not None
    assert measured.adjacency is not None
    assert recorded.adjacency.mean == pytest.approx(measured.adjacency.mean, abs=1e-3)
    assert recorded.adjacency.histogram == measured.adjacency.histogram
    assert recorded.space is not None
    assert measured.space is not None
    assert recorded.space.share == pytest.approx(measured.space.share, abs=1e-3)
    assert recorded.direction > 4 * recorded.direction_error > 0


def test_a_set_without_a_manifest_has_only_a_dimension(healthy_npz: Data) -> None:
    reference = measure_reference(dataclasses.replace(healthy_npz.train, manifest=None))
    assert reference.manifest == {"dim": 96}
    assert reference.name == "train"


def test_too_few_articles_for_a_direction_give_zero(tmp_path: Path, lab: Any) -> None:
    path = lab.write_table(tmp_path / "one", *lab.make_rows(0, articles=1))
    reference = measure_reference(open_dataset("train", path, 5))
    assert (reference.direction, reference.direction_error) == (0.0, 0.0)
