import dataclasses
import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import measurement_cache
from checks.config import Sources, resolve_settings
from checks.data import Data, open_data
from checks.measurement_cache import MeasurementCache
from checks.reference import Reference, write_reference
from checks.result import Measurement

FOUND = [
    Measurement("off_by_one", {"train.edge": 0.54, "bad": math.nan, "word": "a", "n": None}, "shifted", {"b": 1}, 9.0),
    Measurement("baselines", {"copy_last": 0.5}, "", {}, 9.5),
]


@pytest.fixture
def sources(tmp_path: Path, lab: Any, synthetic_reference: Reference) -> Sources:
    made = [lab.write_table(tmp_path / name, *lab.make_rows(seed, 12)) for seed, name in enumerate(("train", "ood"))]
    write_reference(tmp_path / "reference.json", synthetic_reference)
    return Sources(made[0], (made[1],), tmp_path / "reference.json")


def look_later() -> float:
    """Return a time at which the files of a test are no longer new."""
    return time.time() + 60


def open_cache(sources: Sources, *, full: bool = False, **settings: Any) -> MeasurementCache:
    return MeasurementCache(sources, resolve_settings(settings, full=full), now=look_later)


def open_scanned(sources: Sources) -> Data:
    data = open_data(sources, resolve_settings({}), hashed=True)
    for dataset in (*data.datasets, *([] if data.known_good is None else [data.known_good])):
        assert dataset.scan.digest
    return data


def keep(sources: Sources, **settings: Any) -> MeasurementCache:
    cache = open_cache(sources, **settings)
    cache.keep(open_scanned(sources), FOUND)
    return cache


def test_what_was_kept_is_there_the_next_time(sources: Sources) -> None:
    assert open_cache(sources).recall("off_by_one") is None
    folder = keep(sources).folder
    cache = open_cache(sources)
    found = cache.recall("off_by_one")
    assert found is not None
    assert math.isnan(found.numbers["bad"])  # type: ignore[arg-type]
    assert dataclasses.replace(found, numbers={}) == dataclasses.replace(FOUND[0], numbers={})
    assert cache.recall("baselines") == FOUND[1]
    assert cache.recall("oracle_recall") is None
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"val_fraction": 0.2}, {"context": 4}, {"ood": ()}, {"reference": None}],
    ids=lambda change: next(iter(change)),
)
def test_what_windows_are_made_of_is_part_of_the_key(sources: Sources, change: dict[str, Any]) -> None:
    keep(sources)
    assert open_cache(dataclasses.replace(sources, **change)).recall("off_by_one") is None


def test_thresholds_may_change_and_sizes_of_samples_may_not(sources: Sources) -> None:
    keep(sources)
    assert open_cache(sources, off_by_one={"max_edge_gap": 0.5, "enabled": True}).recall("off_by_one") is not None
    assert open_cache(sources, off_by_one={"windows": 5}).recall("off_by_one") is None
    assert open_cache(sources, oracle_recall={"queries": 5}).recall("off_by_one") is not None
    assert open_cache(sources, full=True).recall("off_by_one") is None


@pytest.mark.parametrize("part", ["train", "ood", "reference"])
def test_changed_files_are_measured_again(part: str, sources: Sources, synthetic_reference: Reference) -> None:
    keep(sources)
    if part == "reference":
        assert sources.reference is not None
        write_reference(sources.reference, dataclasses.replace(synthetic_reference, direction=0.5))
        changed = sources.reference
    else:
        changed = sources.train if part == "train" else sources.ood[0]
        rows = np.load(changed / "vectors.npy")
        rows[5, 3] += 0.01
        np.save(changed / "vectors.npy", rows)
        changed /= "vectors.npy"
    os.utime(changed, (1e9, 1e9))
    assert open_cache(sources).recall("off_by_one") is None
    keep(sources)
    assert open_cache(sources).recall("off_by_one") is not None


def test_another_version_of_the_checks_measures_again(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(sources)
    monkeypatch.setattr(measurement_cache, "_read_versions", lambda: {"checks": "another"})
    assert open_cache(sources).recall("off_by_one") is None


def test_data_of_a_moment_ago_or_that_changed_meanwhile_are_not_kept(sources: Sources) -> None:
    os.utime(sources.train / "vectors.npy")
    cache = MeasurementCache(sources, resolve_settings({}))  # one of its files is new
    cache.keep(open_scanned(sources), FOUND)
    changed = open_cache(sources)
    os.utime(sources.train / "vectors.npy", (1e9, 1e9))
    changed.keep(open_scanned(sources), FOUND)
    assert not cache.folder.exists()


def test_data_that_were_not_scanned_are_not_kept(sources: Sources) -> None:
    data = open_data(sources, resolve_settings({}), hashed=True)
    assert data.scan.digest
    cache = open_cache(sources)
    cache.keep(data, FOUND)
    assert not cache.folder.exists()


def test_a_known_good_set_as_the_reference_is_known_again(sources: Sources, tmp_path: Path, lab: Any) -> None:
    known = dataclasses.replace(sources, reference=lab.write_table(tmp_path / "known", *lab.make_rows(9, 12)))
    keep(known)
    assert open_cache(known).recall("off_by_one") is not None


def test_what_an_installed_encoder_says_is_never_kept(sources: Sources) -> None:
    cache = open_cache(sources, encoder_fingerprint={"encoder_path": "/models/one"})
    cache.keep(open_scanned(sources), [dataclasses.replace(FOUND[0], check="encoder_fingerprint"), *FOUND])
    assert cache.recall("encoder_fingerprint") is None
    again = open_cache(sources, encoder_fingerprint={"encoder_path": "/models/one"})
    assert again.recall("encoder_fingerprint") is None
    assert again.recall("off_by_one") is not None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"event": "measurement"}', b"x" * 2_000_000])
@pytest.mark.parametrize("which", ["seen-*.json", "[!s]*.json"])
def test_a_damaged_file_counts_as_not_there_and_is_replaced(content: bytes, which: str, sources: Sources) -> None:
    folder = keep(sources).folder
    for file in folder.glob(which):
        file.write_bytes(content)
    assert open_cache(sources).recall("off_by_one") is None
    keep(sources)
    assert open_cache(sources).recall("off_by_one") is not None


def test_a_file_under_another_key_is_foreign(sources: Sources) -> None:
    folder = keep(sources).folder
    other = open_cache(dataclasses.replace(sources, seed=1))
    other.keep(open_scanned(sources), FOUND)
    files = sorted(folder.glob("[!s]*.json"))
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, [*contents[1:], contents[0]], strict=True):
        file.write_bytes(content)
    found = [open_cache(sources).recall(name) for name in ("off_by_one", "baselines")]
    assert found == [None, None]


def test_the_folder_stays_small_and_what_a_killed_process_left_is_swept(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measurement_cache, "MOST_FILES", 6)
    folder = keep(sources).folder
    left, new = folder / ".a.json.1.part", folder / ".b.json.2.part"
    for part in (left, new):
        part.write_text("half")
    os.utime(left, (1e9, 1e9))
    os.utime(new)
    for number in range(9):
        (folder / f"{number}.json").write_text("old")
        os.utime(folder / f"{number}.json", (1e9, 1e9))
    keep(sources)
    assert len(list(folder.glob("*.json"))) == 6
    assert open_cache(sources).recall("off_by_one") is not None
    assert not left.exists()
    assert new.exists()


def test_a_folder_that_cannot_be_written_keeps_nothing_and_is_no_failure(sources: Sources) -> None:
    folder = open_cache(sources).folder
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    keep(sources)
    assert open_cache(sources).recall("off_by_one") is None
