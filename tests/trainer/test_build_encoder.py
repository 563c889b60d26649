import hashlib
import importlib.metadata
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from checks.errors import InputError
from trainer.build.encoder import hash_file, hash_weights, load_encoder


class Pooling:
    def __init__(self, mode: object) -> None:
        self.pooling_mode = mode


class OldPooling:
    def get_pooling_mode_str(self) -> str:
        return "cls"


class FakeModel:
    """What sentence-transformers gives, as far as it is used; `calls` are the arguments of encode."""

    pooling: Any = Pooling("mean")
    max_seq_length = 384

    def __init__(self, source: str, *, device: str | None, trust_remote_code: bool) -> None:
        assert trust_remote_code is False, "a model's own code never runs"
        if "broken" in source:
            raise OSError("no file named model.safetensors\nand more")
        self.calls: list[dict[str, Any]] = []

    def __iter__(self) -> Any:
        return iter([object(), self.pooling])

    def get_embedding_dimension(self) -> int:
        return 3

    def encode(self, texts: list[str], **given: Any) -> Any:
        self.calls.append({"texts": texts, **given})
        return np.eye(3)[[len(text) % 3 for text in texts]]


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stand in for the data extra, so that these tests need no model and no network."""
    told = SimpleNamespace(threads=[], bars=0, located=[], folder=None)

    def locate(repository: str, *, local_files_only: bool) -> str:
        assert local_files_only
        told.located.append(repository)
        return str(told.folder)

    def disable() -> None:
        told.bars += 1

    modules = {
        "torch": {"set_num_threads": told.threads.append},
        "sentence_transformers": {"SentenceTransformer": FakeModel},
        "transformers.utils.logging": {"disable_progress_bar": disable},
        "huggingface_hub": {"snapshot_download": locate},
    }
    for name, members in modules.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"{name} 1")
    return told


def make_folder(path: Path, **files: bytes) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in (files or {"model.safetensors": b"weights"}).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def test_a_folder_is_loaded_and_described(libraries: SimpleNamespace, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "all-words")
    loaded = load_encoder(str(folder), threads=1)
    facts = loaded.facts
    assert (facts.name, facts.revision, facts.pooling, facts.dim, facts.max_tokens) == (
        "all-words",
        None,
        "mean",
        3,
        384,
    )
    assert facts.weights_sha256 == hashlib.sha256(b"weights").hexdigest()
    assert facts.libraries["torch"] == "torch 1"
    assert (libraries.threads, libraries.bars, libraries.located) == ([1], 1, [])
    assert load_encoder(str(folder), name="maker/all-words").facts.name == "maker/all-words"


def test_texts_become_unit_vectors_of_float32(libraries: SimpleNamespace, tmp_path: Path) -> None:
    loaded = load_encoder(str(make_folder(tmp_path / "m")))
    vectors = loaded.encode(("a", "bb"), batch_size=7)
    assert (vectors.dtype.name, vectors.shape) == ("float32", (2, 3))
    (call,) = loaded.model.calls  # type: ignore[attr-defined]
    assert call == {"texts": ["a", "bb"], "batch_size": 7, "normalize_embeddings": True, "show_progress_bar": False}


def test_a_name_is_found_in_the_cache_with_its_revision(libraries: SimpleNamespace, tmp_path: Path) -> None:
    libraries.folder = make_folder(tmp_path / "snapshots" / ("0123456789" * 4))
    assert load_encoder("maker/words").facts.revision == "0123456789" * 4
    assert load_encoder("words").facts.name == "words"
    assert libraries.located == ["maker/words", "sentence-transformers/words"]


@pytest.mark.parametrize(
    ("pooling", "named"), [(OldPooling(), "cls"), (Pooling(("mean", "max")), "mean+max"), (object(), "none")]
)
def test_the_pooling_is_named(
    pooling: object, named: str, libraries: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeModel, "pooling", pooling)
    assert load_encoder(str(make_folder(tmp_path / "m"))).facts.pooling == named


def test_a_model_that_cannot_be_loaded_is_told_in_one_line(libraries: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--encoder: found 'broken', expected .*no file named model") as caught:
        load_encoder("broken")
    assert "and more" not in str(caught.value)


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r"pip install 'amn-tui\[data\]'"):
        load_encoder("any")


def test_weights_are_hashed_as_they_lie(tmp_path: Path) -> None:
    one = make_folder(
        tmp_path / "one", **{"model.safetensors": b"a", "pytorch_model.bin": b"b", "onnx/x.safetensors": b"c"}
    )
    assert hash_weights(one) == hash_file(one / "model.safetensors")
    pickled = make_folder(tmp_path / "pickled", **{"pytorch_model.bin": b"b"})
    assert hash_weights(pickled) == hashlib.sha256(b"b").hexdigest()
    several = make_folder(tmp_path / "several", **{"model.safetensors": b"a", "2_Dense/model.safetensors": b"d"})
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in
             (("2_Dense/model.safetensors", b"d"), ("model.safetensors", b"a"))]  # fmt: skip
    assert hash_weights(several) == hashlib.sha256("".join(lines).encode()).hexdigest()
    with pytest.raises(InputError, match="no weights"):
        hash_weights(make_folder(tmp_path / "none", **{"config.json": b"{}"}))
