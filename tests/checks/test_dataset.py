import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.dataset import name_datasets, open_dataset
from checks.errors import InputError
from checks.windows import write_npz


def write_windows(path: Path, count: int = 10) -> Path:
    draw = np.random.default_rng(0)
    positions = np.stack([np.zeros(count), np.arange(count)], axis=1).astype(np.int32)
    write_npz(
        path,
        draw.normal(size=(count, 5, 8)).astype(np.float32),
        draw.normal(size=(count, 8)).astype(np.float32),
        positions,
    )
    return path


def test_a_table_brings_its_manifest(tmp_path: Path, lab: Any) -> None:
    path = lab.write_table(tmp_path / "table", *lab.make_rows(0, articles=3))
    dataset = open_dataset("train", path, 5)
    assert dataset.manifest == lab.manifest
    assert dataset.windows.table is not None


def test_an_npz_has_its_manifest_beside_it_or_none(tmp_path: Path) -> None:
    path = write_windows(tmp_path / "wiki.npz")
    assert open_dataset("train", path, 5).manifest is None
    (tmp_path / "wiki.manifest.json").write_text(json.dumps({"encoder": "a"}))
    assert open_dataset("train", path, 5).manifest == {"encoder": "a"}


@pytest.mark.parametrize("text", ["[]", "{", "", "[" * 100_000])
def test_a_manifest_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    path = write_windows(tmp_path / "wiki.npz")
    (tmp_path / "wiki.manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"wiki.manifest.json: .*a JSON object"):
        open_dataset("train", path, 5)


def test_a_set_without_a_window_is_refused(tmp_path: Path, lab: Any) -> None:
    rows, _ = lab.make_rows(0, articles=1)
    path = lab.write_table(tmp_path / "short", rows[:10], np.array([0, 5, 10]))
    with pytest.raises(InputError, match="at least one article of more than 5 vectors"):
        open_dataset("train", path, 5)


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        open_dataset("train", tmp_path / "gone", 5)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/moby.npz", "handbook"], ["moby", "handbook"]),
        (["a/moby.npz", "b/moby", "c/moby"], ["moby", "moby#2", "moby#3"]),
        (["train"], ["train#2"]),
        (["/"], ["ood"]),
    ],
)
def test_names_do_not_collide(paths: list[str], names: list[str]) -> None:
    assert name_datasets([Path(path) for path in paths]) == names
