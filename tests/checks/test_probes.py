import numpy as np
import pytest

from checks.cosine import measure_cosines, normalize
from checks.probes import SENTENCES, read_probes, record_probes

VECTORS = np.random.default_rng(0).normal(size=(len(SENTENCES), 768))


def test_probes_come_back_close_to_what_was_recorded() -> None:
    found = read_probes({"probes": record_probes(VECTORS)})
    assert found is not None
    sentences, vectors = found
    assert sentences == list(SENTENCES)
    assert measure_cosines(normalize(vectors), normalize(VECTORS)).min() > 0.999


def test_the_hash_changes_with_the_vectors_and_not_with_their_length() -> None:
    known = record_probes(VECTORS)["sha256"]
    assert record_probes(VECTORS * 2.5)["sha256"] == known
    assert record_probes(VECTORS[:, ::-1])["sha256"] != known


@pytest.mark.parametrize("manifest", [{}, {"probes": None}, {"probes": "text"}, {"probes": {"sha256": "abc"}}])
def test_a_manifest_without_probes_has_none(manifest: dict[str, object]) -> None:
    assert read_probes(manifest) is None


def test_probes_that_do_not_fit_are_refused() -> None:
    probes = record_probes(VECTORS)
    with pytest.raises(ValueError, match="7 probe sentences"):
        read_probes({"probes": {**probes, "sentences": probes["sentences"][:7]}})
    with pytest.raises(ValueError, match=r"base64|padding|Incorrect"):
        read_probes({"probes": {**probes, "vectors": "a"}})
