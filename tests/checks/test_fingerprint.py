import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.fingerprint import digest_data, is_settled, list_files, read_stamp


def test_the_stamp_of_a_table_is_that_of_its_files(tmp_path: Path, lab: Any) -> None:
    table = lab.write_table(tmp_path / "table", *lab.make_rows(0, 3))
    stamp = read_stamp(table)
    assert set(stamp) == {"vectors.npy", "offsets.npy", "manifest.json"}
    assert all((table / name).exists() == (name in stamp) for name in (file.name for file in list_files(table)))
    assert read_stamp(table) == stamp
    os.utime(table / "vectors.npy", (1, 1))
    assert read_stamp(table) != stamp
    assert read_stamp(tmp_path / "gone") == {}


def test_what_changed_a_moment_ago_may_change_again_unseen() -> None:
    assert is_settled({"a": [1, int(10e9), 2]}, 13.0)
    assert not is_settled({"a": [1, int(10e9), 2], "b": [1, int(12e9), 3]}, 13.0)
    assert not is_settled({}, 13.0)


def test_the_digest_knows_the_vectors_and_what_lies_beside_them(tmp_path: Path, lab: Any) -> None:
    table = lab.write_table(tmp_path / "table", *lab.make_rows(0, 3))
    digest = digest_data(table, "scanned")
    assert digest != digest_data(table, "scanned differently")
    os.utime(table / "vectors.npy", (1, 1))
    assert digest == digest_data(table, "scanned")
    (table / "articles.jsonl").write_text("{}\n{}\n{}\n")
    assert digest != digest_data(table, "scanned")


@pytest.mark.parametrize("compressed", [True, False])
def test_the_digest_of_an_npz_knows_arrays_that_no_window_reads(tmp_path: Path, compressed: bool) -> None:
    save = np.savez_compressed if compressed else np.savez
    digests = []
    for extra in (1, 2, 1):
        save(tmp_path / "w.npz", a=np.arange(3), other=np.full(3, extra))
        digests.append(digest_data(tmp_path / "w.npz", "scanned"))
    assert digests[0] == digests[2] != digests[1]
    (tmp_path / "w.manifest.json").write_text("{}")
    assert digest_data(tmp_path / "w.npz", "scanned") != digests[2]
