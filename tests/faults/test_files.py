"""Links in a run folder, modes whatever the umask, and another user of the machine."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder, create_folder, write_whole
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run
from amn_tui.run.starter import spawn_starter
from amn_tui.run.trainer_process import open_log, read_last_line
from checks.errors import InputError
from trainer.config import TrainConfig
from trainer.prepare import _open_resumed

Happened = Callable[[str], None]
AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]
ENTRY = "root:canary:0:0\n"
SAMPLE = Path(__file__).parents[2] / "sample_logs" / "healthy"
WRITERS: dict[str, Callable[[RunFolder], object]] = {
    "plan.toml": lambda folder: write_whole(folder.plan, b"x"),
    "guard.json": lambda folder: write_whole(folder.guard_state, b"x"),
    "control.jsonl": lambda folder: ask(folder, AbortAsked(1.0, "me")),
    "training.log": lambda folder: os.close(open_log(folder.log)),
    "lock": take_lock,
    "guard.err": lambda folder: spawn_starter(folder, ()),
}


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that everybody may look into, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def open_mask() -> Iterator[None]:
    """Run with a umask that forbids nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.fault(59)
def test_a_link_in_the_place_of_a_run_folder_is_refused(tmp_path: Path, happened: Happened) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("dangling", "link"):
        with pytest.raises(InputError, match="a new run folder"):
            create_folder(tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()
    assert not list((tmp_path / "target").iterdir())
    happened("a link is no new run folder")


@pytest.mark.fault(59)
@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_written_through_a_link(name: str, tmp_path: Path, happened: Happened) -> None:
    target = tmp_path / "passwd"
    target.write_text(ENTRY)
    folder = create_folder(tmp_path / "run")
    (folder.path / name).symlink_to(target)
    try:
        WRITERS[name](folder)
    except (OSError, InputError):
        assert (folder.path / name).is_symlink()
    else:
        assert not (folder.path / name).is_symlink()  # replaced by rename: the link is gone, its target is not
    assert target.read_text() == ENTRY
    happened(f"{len(WRITERS)} files: refused, or the link replaced; never its target")


@pytest.mark.fault(59)
def test_nothing_is_read_through_a_link(tmp_path: Path, happened: Happened) -> None:
    target = tmp_path / "passwd"
    target.write_text(ENTRY)
    folder = create_folder(tmp_path / "run")
    lines = [f"{name}.jsonl" for name in ("guard", "control", "system", "preflight")]
    names = ("plan.toml", "guard.json", "training.log", *lines)
    for name in names:
        (folder.path / name).symlink_to(target)
    run = read_run(folder.path)
    assert "canary" not in str(run)
    assert {"plan.toml", "training.log", "guard.jsonl"} <= set(run.problems)
    assert read_last_line(folder.log) == ""
    happened(f"{len(names)} links: said as problems, not followed")


@pytest.mark.fault(59)
def test_checkpoints_that_lead_out_are_told(tmp_path: Path, happened: Happened) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoints").symlink_to(tmp_path / "big")
    said: list[str] = []
    assert _open_resumed(TrainConfig(output_dir=str(tmp_path / "run")), said.append) is None
    assert said == [f"warning: checkpoints go to {tmp_path / 'big'}, which is not in the run folder"]
    happened("a warning in the log")


@pytest.mark.fault(60)
@pytest.mark.slow
def test_what_a_run_writes_is_its_owners_alone_whatever_the_umask(
    tmp_path: Path, open_mask: None, happened: Happened
) -> None:
    argv = [*AMN_TUI, "launch", "--headless", "--run-dir", "runs/deep/run", "--", sys.executable, "-c", "print(1)"]
    ended = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert ended.returncode == ExitCode.COMPLETED, ended.stderr
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in tmp_path.rglob("*")}
    for path, mode in modes.items():
        assert mode & 0o022 == 0, path
        assert path.is_dir() or mode == 0o600, path
    assert modes[tmp_path / "runs/deep/run"] == 0o700
    happened(f"umask 000: folder 0700, {sum(path.is_file() for path in modes)} files 0600")


@pytest.mark.fault(60)
@pytest.mark.slow
@pytest.mark.parametrize("command", ["attach", "attach --plain", "abort"])
def test_another_user_gets_one_clear_line(command: str, shared: Path, happened: Happened) -> None:
    folder = shared / "run"
    shutil.copytree(SAMPLE, folder)
    folder.chmod(0o700)
    name, *options = command.split()
    argv = ["setpriv", "--reuid=65534", "--clear-groups", *AMN_TUI, name, str(folder), *options]
    asked = subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False, timeout=60)
    assert asked.returncode == ExitCode.USAGE, asked
    assert asked.stderr == f"amn-tui: {folder}: found 'Permission denied', expected a run folder that you may read\n"
    assert asked.stdout == ""
    happened("attach and abort: exit 2, one line")
