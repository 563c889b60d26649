"""Fixed sentences that an encoder is known by: their vectors, quantised, stand in a table's manifest."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import normalize

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "In 1969 two people walked on the Moon for the first time.",
    "Der Zug nach Köln fährt heute von Gleis sieben.",
    "def add(a, b): return a + b",
    "Call me Ishmael.",
    "3.14159 26535 89793 23846",
    "She did not say that he stole the money.",
)
STEPS = 512.0  # a component of a unit vector in hundreds of dimensions stays below 127 / 512


def record_probes(vectors: NDArray[np.floating[Any]], sentences: Sequence[str] = SENTENCES) -> dict[str, Any]:
    """Return what a manifest's `probes` holds: sentences, vectors (count, D) int8 in base64, and their SHA-256."""
    quantised = np.clip(np.round(normalize(vectors) * STEPS), -127, 127).astype(np.int8)
    return {
        "sentences": list(sentences),
        "vectors": base64.b64encode(quantised.tobytes()).decode("ascii"),
        "sha256": hashlib.sha256(quantised.tobytes()).hexdigest(),
    }


def read_probes(manifest: Mapping[str, Any]) -> tuple[list[str], NDArray[np.float32]] | None:
    """Return a manifest's probe sentences and their vectors (count, D), None where it carries none.

    Raises ValueError when they do not fit each other.
    """
    probes = manifest.get("probes")
    if not isinstance(probes, Mapping) or not probes.get("sentences") or not probes.get("vectors"):
        return None
    sentences = [str(sentence) for sentence in probes["sentences"]]
    quantised = np.frombuffer(base64.b64decode(str(probes["vectors"])), dtype=np.int8)
    if quantised.size % len(sentences):
        raise ValueError(f"{quantised.size} numbers are no vectors of {len(sentences)} probe sentences")
    return sentences, quantised.reshape(len(sentences), -1).astype(np.float32)
