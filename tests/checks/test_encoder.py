import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.dataset import Dataset
from checks.encoder import compare_texts, open_encoder
from checks.errors import InputError
from checks.table import open_table
from checks.windows import cut_windows

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


@pytest.mark.parametrize("texts", [["", "aa", "", "a", "", ""], [""] * 6])
def test_rows_whose_text_is_not_known_are_not_compared(texts: list[str], tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.array([[1, len(text)] for text in texts], dtype=np.float32))
    np.save(tmp_path / "offsets.npy", np.array([0, 6]))
    (tmp_path / "manifest.json").write_text("{}")
    with gzip.open(tmp_path / "texts.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(text) + "\n" for text in texts)

    def encode(asked: Sequence[str]) -> Any:
        assert all(asked)
        return np.array([[1, len(text)] for text in asked], dtype=np.float32)

    found = compare_texts(Dataset("t", cut_windows(open_table(tmp_path), 2), {}), encode, 10, 0)
    if any(texts):
        assert found == {"encoded": 2, "encoded_min_cosine": pytest.approx(1.0)}
    else:
        assert found == {"encoded": "no text beside the vectors"}
