"""Run folders: safe names, private, files replaced whole."""

from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder, check_name, name_new_folder, write_whole
from checks.errors import InputError


@pytest.mark.parametrize("name", ["a", "amn-790k-attempt-3", "x.y_z", "0" * 64])
def test_names_that_are_safe(name: str) -> None:
    assert check_name(name, "plan") == name


@pytest.mark.parametrize(
    "name", ["", "../../x", "/etc", "-rf", "a\nb", "a\x1bb", "x" * 65, "a b", "\u202eab", ".", "a/b"]
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(InputError, match=r"run\.name"):
        check_name(name, "plan")


def test_two_runs_in_one_second_get_two_folders(tmp_path: Path) -> None:
    first = name_new_folder(tmp_path, "demo", "now")
    first.mkdir()
    assert name_new_folder(tmp_path, "demo", "now") == tmp_path / "demo-now-2"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"newer")
    assert [item.name for item in tmp_path.iterdir()] == ["guard.json"]  # nothing half-written stays behind


def test_the_files_have_the_names_that_are_documented() -> None:
    folder = RunFolder(Path("r"))
    names = {getattr(folder, name).name for name, value in vars(RunFolder).items() if isinstance(value, property)}
    assert names == {
        "plan.toml", "preflight.jsonl", "training.log", "metrics.jsonl", "guard.jsonl", "guard.json", "guard.err",
        "control.jsonl", "system.jsonl", "lock", "guard.lock", "checkpoints",
    }  # fmt: skip
