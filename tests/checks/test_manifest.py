import pytest

from checks.manifest import compare_manifests, pick_fields

FULL = {
    "encoder": "mpnet", "revision": "1", "weights_sha256": "78c0197b" * 8, "pooling": "mean", "normalized": True,
    "dim": 768, "probes": {"sentences": ["a"], "sha256": "abc"}, "rows": 3, "licence": "x",
}  # fmt: skip


def test_only_what_is_said_of_the_encoder_is_picked() -> None:
    fields = pick_fields(FULL, 384)
    assert "rows" not in fields
    assert fields["probes_sha256"] == "abc"
    assert fields["dim"] == 384  # what the vectors have, whatever the manifest says


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"encoder": "minilm"}, ["encoder minilm, expected mpnet"]),
        ({"pooling": "cls", "normalized": False}, ["pooling cls, expected mean", "normalized False, expected True"]),
        ({"weights_sha256": "00" * 32}, ["weights_sha256 000000000000…0000, expected 78c0197b78c0…197b"]),
        ({"revision": None}, ["revision missing, expected 1"]),
        ({"probes": {"sha256": "abd"}}, ["probes_sha256 abd, expected abc"]),
        ({"probes": "damaged"}, ["probes_sha256 missing, expected abc"]),
    ],
)
def test_every_difference_is_said(changed: dict[str, object], words: list[str]) -> None:
    found = pick_fields({**FULL, **changed}, 768)
    assert compare_manifests(found, pick_fields(FULL, 768)) == words


def test_what_the_reference_does_not_say_is_not_asked_for() -> None:
    assert compare_manifests(pick_fields(FULL, 768), {"encoder": "mpnet", "dim": 768}) == []
