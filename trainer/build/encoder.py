"""The encoder that turns text into vectors: any sentence-transformers model, from a folder or from the local cache."""

import hashlib
import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError

READ_BYTES = 1 << 20
_OTHER_RUNTIMES = frozenset(("onnx", "openvino"))
_LIBRARIES = ("numpy", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class EncoderFacts:
    """What a table's manifest says of its encoder; `revision` is None where the folder does not tell it."""

    name: str
    revision: str | None
    weights_sha256: str
    pooling: str
    dim: int
    max_tokens: int | None
    libraries: dict[str, str]


class Encoder(Protocol):
    """Whatever turns texts into unit vectors."""

    @property
    def facts(self) -> EncoderFacts:
        """Say which encoder it is."""
        ...

    def encode(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Return the vectors of texts, (len(texts), dim) float32 of unit length."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceEncoder:
    """A sentence-transformers model."""

    model: Any
    facts: EncoderFacts

    def encode(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Return the vectors of texts, (len(texts), dim) float32 of unit length."""
        vectors = self.model.encode(
            list(texts), batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(source: str, *, name: str = "", device: str | None = None, threads: int | None = None) -> Encoder:
    """Load a model from a folder, or by its name; `name` is what the manifest calls it.

    With HF_HUB_OFFLINE=1 nothing is ever downloaded; a folder never is. Raises InputError when the libraries are
    missing or the model cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # it warns at every fork otherwise
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise InputError(
            "--encoder", "", f"no library to run it ({error})", "the data extra: pip install 'amn-tui[data]'"
        ) from error
    importlib.import_module("transformers.utils.logging").disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(source, device=device, trust_remote_code=False)
        folder = _locate(source)
    except Exception as error:  # a dozen kinds from four libraries: each means that it cannot be loaded
        reason = str(error).strip().splitlines()[:1]
        expected = f"a sentence-transformers model, as a folder or a name in the local cache ({''.join(reason)})"
        raise InputError("--encoder", "", source, expected) from error
    return SentenceEncoder(model, _describe(model, folder, name or _name_source(source)))


def _name_source(source: str) -> str:
    return Path(source).resolve().name if Path(source).is_dir() else source


def _locate(source: str) -> Path:
    if Path(source).is_dir():
        return Path(source)
    repository = source if "/" in source else f"sentence-transformers/{source}"
    hub = importlib.import_module("huggingface_hub")
    return Path(hub.snapshot_download(repository, local_files_only=True))


def _describe(model: Any, folder: Path, name: str) -> EncoderFacts:
    named = folder.resolve().name
    revision = named if re.fullmatch(r"[0-9a-f]{40}", named) else None
    measure = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    libraries = {library: importlib.metadata.version(library) for library in _LIBRARIES}
    return EncoderFacts(
        name, revision, hash_weights(folder), _name_pooling(model), int(measure()), model.max_seq_length, libraries
    )


def _name_pooling(modules: Iterable[Any]) -> str:
    for module in modules:
        if hasattr(module, "get_pooling_mode_str"):
            return str(module.get_pooling_mode_str())
        if hasattr(module, "pooling_mode"):
            mode = module.pooling_mode
            return mode if isinstance(mode, str) else "+".join(mode)
    return "none"


def hash_weights(folder: Path) -> str:
    """Return the sha256 of a model's weights file; of the list of hashes and names where there are several files."""
    files = [path for path in sorted(folder.rglob("*.safetensors")) if not _OTHER_RUNTIMES & set(path.parts)]
    whole = {path.parent for path in files}
    files += [path for path in sorted(folder.rglob("pytorch_model*.bin")) if path.parent not in whole]
    if not files:
        raise InputError(folder, "", "no weights", "model.safetensors or pytorch_model.bin")
    hashes = [hash_file(path) for path in files]
    if len(files) == 1:
        return hashes[0]
    names = (path.relative_to(folder).as_posix() for path in files)
    listed = "".join(f"{digest}  {name}\n" for digest, name in zip(hashes, names, strict=True))
    return hashlib.sha256(listed.encode()).hexdigest()


def hash_file(path: Path) -> str:
    """Return the sha256 of a file as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
