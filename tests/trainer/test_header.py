import json
from pathlib import Path
from typing import Any

import pytest

from checks.errors import InputError
from trainer.header import BEST, FOLDER, LAST, STATE_KEY, VERSION, find_checkpoints, read_header, read_state


def write_file(path: Path, header: Any, tensors: bytes = b"") -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + tensors)
    return path


def test_the_state_is_read_without_the_tensors(tmp_path: Path) -> None:
    state = {"version": VERSION, "config": {"lr": 1.0}}
    header = {
        "__metadata__": {STATE_KEY: json.dumps(state)},
        "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    }
    assert read_header(write_file(tmp_path / "a", header, b"1234")) == state


@pytest.mark.parametrize("kept", [n / 16 for n in range(16)])
def test_a_file_cut_anywhere_is_refused_with_its_size(tmp_path: Path, kept: float) -> None:
    header = {"__metadata__": {STATE_KEY: json.dumps({"version": 1})}, "w": {"data_offsets": [0, 64]}}
    path = write_file(tmp_path / "a", header, bytes(64))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=f"a damaged file of {int(len(content) * kept)} bytes"):
        read_header(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ([], "damaged"),
        ({"__metadata__": {STATE_KEY: "{"}}, "damaged"),
        ({"w": {"no": "offsets"}}, "damaged"),
        ({}, "no state of a run"),
        ({"__metadata__": {STATE_KEY: "[]"}}, "without a version"),
        ({"__metadata__": {STATE_KEY: json.dumps({"version": VERSION + 1})}}, "a newer trainer wrote it"),
    ],
)
def test_a_foreign_or_newer_file_is_refused(tmp_path: Path, header: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_header(write_file(tmp_path / "a", header))


def test_a_safetensors_file_of_others_has_no_state(tmp_path: Path) -> None:
    assert read_state(write_file(tmp_path / "a", {"w": {"data_offsets": [0, 0]}})) is None


def test_checkpoints_are_found_from_a_run_its_folder_or_the_file(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    last, best = folder / LAST, folder / BEST
    best.write_bytes(b"")
    assert find_checkpoints(tmp_path) == [best]
    last.write_bytes(b"")
    assert find_checkpoints(tmp_path) == find_checkpoints(folder) == [last, best]
    assert find_checkpoints(best) == [best]
    with pytest.raises(InputError, match="no checkpoint"):
        find_checkpoints(tmp_path / "none")
