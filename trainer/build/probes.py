"""Fixed sentences whose vectors tell one encoder from another."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.build.encoder import Encoder

SENTENCES = (
    "The harbour was quiet, and only two boats had come back before dark.",
    "Water boils at a lower temperature on a mountain than at the sea.",
    "She signed the treaty on behalf of the republic in the spring of 1848.",
    "To install the package, run the command as root and restart the service.",
    "A prime number has exactly two divisors: one and itself.",
    "The whale dived, and the line ran out so fast that it smoked.",
    "Most mammals sleep for several hours a day, but nobody fully knows why.",
    "The court held that the lower court had misread the statute.",
)
HASHED_NUMBERS = 16  # of each vector
STEPS = 32  # steps per unit


def record_probes(encoder: Encoder, batch_size: int) -> dict[str, Any]:
    """Return the sentences, their vectors rounded to six decimals, and the hash of the vectors as quantised."""
    vectors = np.round(encoder.encode(SENTENCES, batch_size).astype(np.float64), 6)
    return {
        "sentences": list(SENTENCES),
        "sha256": hash_probes(vectors),
        "quantised": f"int8 rint({STEPS} x) of the first {HASHED_NUMBERS} numbers of each vector",
        "vectors": vectors.tolist(),
    }


def hash_probes(vectors: NDArray[np.floating[Any]]) -> str:
    """Return the sha256 of probe vectors (P, D) as quantised.

    Few numbers and coarse steps: two machines agree on a vector to about 1e-6, and each number hashed is one more
    that may lie so near to the middle between two steps that they round it differently.
    """
    quantised = np.rint(np.asarray(vectors)[:, :HASHED_NUMBERS] * STEPS).astype(np.int8)
    return hashlib.sha256(np.ascontiguousarray(quantised).tobytes()).hexdigest()
