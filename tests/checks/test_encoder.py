import sys
from pathlib import Path

import numpy as np
import pytest

from checks.encoder import open_encoder
from checks.errors import InputError

FAKE = """
import pathlib

import numpy

class SentenceTransformer:
    def __init__(self, path, local_files_only):
        assert local_files_only is True, "text is never encoded by something that is downloaded"
        self.width = int(pathlib.Path(path, "width").read_text())

    def encode(self, texts, convert_to_numpy, show_progress_bar):
        assert isinstance(texts, list)
        return numpy.array([[float(len(text))] * self.width for text in texts])
"""


def test_without_a_path_it_says_so() -> None:
    assert open_encoder("") == "no encoder_path is set"


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"encoder_path: found .*gone"):
        open_encoder(str(tmp_path / "gone"))


def test_without_the_library_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "sentence_transformers" else object())
    assert open_encoder(str(tmp_path)) == "sentence-transformers is not installed"


def test_text_goes_in_and_vectors_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sentence_transformers.py").write_text(FAKE)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "width").write_text("3")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    encode = open_encoder(str(tmp_path / "model"))
    assert not isinstance(encode, str)
    vectors = encode(("ab", "cde"))
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[2, 2, 2], [3, 3, 3]]
    monkeypatch.delitem(sys.modules, "sentence_transformers")
