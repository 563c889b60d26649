"""The encoder itself, where it is installed: text in, vectors out, to compare with the stored ones."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.dataset import Dataset
from checks.errors import InputError
from checks.probes import read_probes
from checks.result import Measured

Encode: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]


def open_encoder(path: str) -> Encode | str:
    """Load the encoder in a local folder, or say in words why text cannot be encoded here.

    Raises InputError when a folder was named that is not there: what was asked for must not be left out in silence.
    """
    if not path:
        return "no encoder_path is set"
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise InputError("checks.encoder_fingerprint", "encoder_path", path, "the folder of an encoder")
    if importlib.util.find_spec("sentence_transformers") is None:
        return "sentence-transformers is not installed"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # what is not in the folder must not be fetched
    os.environ.setdefault("TQDM_DISABLE", "1")
    model = importlib.import_module("sentence_transformers").SentenceTransformer(str(folder), local_files_only=True)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False), dtype=np.float32)

    return encode


def compare_texts(dataset: Dataset, encode: Encode, count: int, seed: int) -> dict[str, Measured]:
    """Encode the text of sampled rows again, and return the least cosine to the stored vectors, None for no match."""
    table = dataset.windows.table
    texts = table.read_texts() if table is not None else None
    if table is None or not texts or not any(texts):
        return {"encoded": "no text beside the vectors"}
    if len(texts) != table.rows:
        return {"encoded": f"{len(texts)} texts for {table.rows} rows", "encoded_min_cosine": None}
    known = np.array([row for row, text in enumerate(texts) if text])
    rows = np.sort(np.random.default_rng(seed).choice(known, min(count, len(known)), replace=False))
    vectors = encode([texts[row] for row in rows])
    if vectors.shape[1] != table.dim:
        return {"encoded": f"vectors of {vectors.shape[1]} numbers", "encoded_min_cosine": None}
    cosines = measure_cosines(normalize(vectors), normalize(table.take(rows)))
    return {"encoded": len(rows), "encoded_min_cosine": float(cosines.min())}


def compare_probes(dataset: Dataset, encode: Encode) -> dict[str, Measured]:
    """Encode the probe sentences of the manifest again; raises ValueError when it does not hold what it should."""
    probes = read_probes(dataset.manifest or {})
    if probes is None:
        return {}
    sentences, stored = probes
    vectors = encode(sentences)
    if vectors.shape != stored.shape:
        return {"probes_min_cosine": None}
    return {"probes_min_cosine": float(measure_cosines(normalize(vectors), normalize(stored)).min())}
