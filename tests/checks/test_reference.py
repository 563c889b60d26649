import json
from pathlib import Path
from typing import Any

import pytest

from checks.errors import InputError
from checks.reference import Adjacency, Reference, Space, read_reference, write_reference

DATASETS = Path(__file__).resolve().parents[2] / "trainer" / "datasets"
ADJACENCY = Adjacency(0.5, 0.15, 0.3, 0.5, 0.7, 0.1, 100, (1, 2, 3))
REFERENCE = Reference(
    "wiki", {"encoder": "a", "normalized": True, "dim": 2}, 10, 5,
    Space((0.1, 0.2), "AAAA", 1, 0.5), (0.5, 0.4), 0.1, 0.01, ADJACENCY,
)  # fmt: skip


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    write_reference(path, REFERENCE)
    assert read_reference(path) == REFERENCE
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    write_reference(path, REFERENCE)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_reference(path, Reference("broken", direction=float("nan")))
    assert read_reference(path) == REFERENCE
    assert list(tmp_path.iterdir()) == [path]


def test_the_584k_numbers_are_known() -> None:
    reference = read_reference(DATASETS / "baselines" / "584k.json")
    assert reference.manifest == {"encoder": "GTR-T5", "dim": 768}
    assert reference.adjacency is not None
    assert (reference.adjacency.mean, reference.adjacency.low_share) == (0.484, 0.179)
    assert reference.space is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "null", "{}",
     '{"name": 3}', '{"name": "x", "adjacency": 3}', '{"name": "x", "profile": "abc"}',
     '{"name": "x", "space": {"mean": [1.0]}}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_reference_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"reference\.json") as caught:
        read_reference(path)
    assert "\n" not in str(caught.value)


def test_fields_of_a_later_version_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    write_reference(path, REFERENCE)
    body: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "later": 1}))
    assert read_reference(path) == REFERENCE
