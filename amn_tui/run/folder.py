"""The run folder: names of its files, making one, and writing a file whole or not at all."""

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from checks.errors import InputError
from checks.whole_file import replace_file, sync_folder

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run; each has one kind of writer (docs/run-folder.md)."""

    path: Path

    @property
    def plan(self) -> Path:
        """The resolved launch plan, written once by launch."""
        return self.path / "plan.toml"

    @property
    def preflight(self) -> Path:
        """The checks' events, written by python -m checks."""
        return self.path / "preflight.jsonl"

    @property
    def log(self) -> Path:
        """The trainer's stdout and stderr: what the monitor tails."""
        return self.path / "training.log"

    @property
    def metrics(self) -> Path:
        """The trainer's events in full precision."""
        return self.path / "metrics.jsonl"

    @property
    def guard_log(self) -> Path:
        """The guard's events: started, judged, alarm, stop, ended."""
        return self.path / "guard.jsonl"

    @property
    def guard_state(self) -> Path:
        """The guard's sign of life, replaced by rename every few seconds."""
        return self.path / "guard.json"

    @property
    def guard_errors(self) -> Path:
        """The guard's own stderr; empty unless the guard itself has a fault."""
        return self.path / "guard.err"

    @property
    def control(self) -> Path:
        """What operators ask for, one line each, from any monitor."""
        return self.path / "control.jsonl"

    @property
    def system(self) -> Path:
        """CPU, memory, GPU and disk, sampled by the guard."""
        return self.path / "system.jsonl"

    @property
    def lock(self) -> Path:
        """Held (flock) by the guard and inherited by the trainer: one run folder, one run."""
        return self.path / "lock"

    @property
    def guard_lock(self) -> Path:
        """Held (flock) by a guard that adopted the trainer: no two of them adopt one run."""
        return self.path / "guard.lock"

    @property
    def checkpoints(self) -> Path:
        """The trainer's last and best, by rename."""
        return self.path / "checkpoints"


def read_place(folder: RunFolder) -> str:
    """Return what tells a run folder from a copy of it, "DEVICE:INODE"; "" when it cannot be read."""
    try:
        status = folder.path.stat()
    except OSError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def check_name(name: str, source: Path | str) -> str:
    """Return a run name that is safe as a folder's; raises InputError for anything else."""
    if not NAME.fullmatch(name):
        raise InputError(source, "run.name", name, "1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter or digit")
    return name


def check_readable(path: Path) -> None:
    """Raise InputError for a run folder, or a bare log, that is not there or not for this user to read."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(path, "", "nothing", "a run folder or a log file") from error
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a run folder that you may read") from error
    is_folder = stat.S_ISDIR(mode)
    if not is_folder and not stat.S_ISREG(mode):  # a pipe or a device would be waited for, or read, for ever
        raise InputError(path, "", "something that is no regular file", "a run folder or a log file")
    if not os.access(path, os.R_OK | os.X_OK if is_folder else os.R_OK):
        expected = f"a {'run folder' if is_folder else 'log'} that you may read"
        raise InputError(path, "", os.strerror(errno.EACCES), expected)


def create_folder(path: Path) -> RunFolder:
    """Make a new run folder, for its owner alone (0700); raises InputError when there already is something."""
    for parent in reversed([folder for folder in path.parents if not folder.exists()]):
        parent.mkdir(mode=0o755, exist_ok=True)  # whatever the umask: who can write there could put another run here
    try:
        path.mkdir(mode=0o700)
    except FileExistsError as error:
        raise InputError(path, "", "an existing file or folder", "a new run folder (use --resume to go on)") from error
    path.chmod(0o700)
    sync_folder(path.parent)  # or a power loss could take the folder with every checkpoint that was safe in it
    return RunFolder(path)


def name_new_folder(root: Path, name: str, stamp: str) -> Path:
    """Return ROOT/NAME-STAMP, with a number behind it when two runs start in one second."""
    path, count = root / f"{name}-{stamp}", 1
    while path.exists():
        count += 1
        path = root / f"{name}-{stamp}-{count}"
    return path


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace a file by rename: a reader sees the old one or the new one; raises OSError.

    Not `durable`: a power loss may take it, and nobody waits for the disk.
    """
    replace_file(path, content, path.with_name(f".{path.name}.{os.getpid()}.tmp"), durable=durable)
