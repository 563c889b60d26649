"""The encoder itself, where it is installed: text in, vectors out, to compare with the stored ones."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError

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
