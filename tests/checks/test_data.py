import dataclasses
from pathlib import Path
from typing import Any

import pytest

from checks.config import Sources, resolve_settings
from checks.data import open_data, open_reference
from checks.errors import InputError


def test_everything_is_opened(tmp_path: Path, lab: Any) -> None:
    train = lab.write_table(tmp_path / "wiki", *lab.make_rows(0, articles=5))
    other = lab.write_table(tmp_path / "other", *lab.make_rows(1, articles=3))
    data = open_data(Sources(train, (other,), train, context=7, seed=3), resolve_settings({}))
    assert [dataset.name for dataset in data.datasets] == ["train", "other"]
    assert data.train.windows.context == 7
    assert data.seed == 3
    assert data.require_reference().name == "wiki"
    held_out = data.hold_out()
    assert 0 < held_out.sum() < len(held_out) == len(data.train.windows)


@pytest.mark.parametrize("missing", ["train", "ood", "reference"])
def test_a_missing_file_is_named(missing: str, tmp_path: Path, lab: Any) -> None:
    there = lab.write_table(tmp_path / "there", *lab.make_rows(0, articles=3))
    paths: dict[str, Any] = {"train": there, "ood": (there,), "reference": there}
    paths[missing] = (tmp_path / "gone",) if missing == "ood" else tmp_path / "gone"
    with pytest.raises(InputError, match="gone"):
        open_data(Sources(**paths), resolve_settings({}))


def test_a_reference_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json"):
        open_reference(tmp_path / "gone.json", 5)


def test_without_a_reference_there_is_none_to_compare_with(healthy: Any) -> None:
    with pytest.raises(InputError, match="known-good"):
        dataclasses.replace(healthy, reference=None).require_reference()


def test_sets_of_another_dimension_cannot_be_compared(tmp_path: Path, lab: Any) -> None:
    rows, offsets = lab.make_rows(0, articles=3)
    train, other = (lab.write_table(tmp_path / name, rows[:, :dim], offsets) for name, dim in (("a", 96), ("b", 48)))
    with pytest.raises(InputError, match="b: --ood: found 'vectors of length 48', expected 96 as in"):
        open_data(Sources(train, (other,)), resolve_settings({}))
