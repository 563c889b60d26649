"""A real disk of a few megabytes, in a mount namespace of its own: it can be filled, and mounted read-only."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

USER = () if os.geteuid() == 0 else ("-U", "-r")
HOLD = 'mount -t tmpfs -o "size=$1,mode=700" none "$2" && echo ready && exec sleep 1000'


class SmallDisk:
    """A tmpfs that only one process has mounted; others reach it through /proc."""

    def __init__(self, place: Path, size: str) -> None:
        """Mount `size` bytes at `place`; skips the test where that cannot be done."""
        place.mkdir()
        argv = ["unshare", "-m", *USER, "--propagation", "private", "sh", "-c", HOLD, "sh", size, str(place)]
        self._holder = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._holder.stdout is not None
        said = self._holder.stdout.readline().decode()
        if said != "ready\n":
            self.close()
            pytest.skip(f"needs unshare -m and a tmpfs: {said.strip()}")
        self._place = place
        self.path = Path(f"/proc/{self._holder.pid}/root{place}")
        self._ballast = self.path / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Write until no more than `leave` bytes are free."""
        status = os.statvfs(self.path)
        size = max(0, status.f_bavail * status.f_frsize - leave)
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), file.tell(), size) if size else None
            while not leave:
                file.write(b"x" * 4096)

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink()

    def remount(self, *options: str) -> None:
        """Mount it anew with these options."""
        enter = ["nsenter", "-t", str(self._holder.pid), "-m", *(["-U", "--preserve-credentials"] if USER else [])]
        subprocess.run([*enter, "mount", "-o", ",".join(("remount", *options)), str(self._place)], check=True)

    def close(self) -> None:
        """Let it go; what still runs on it keeps it."""
        self._holder.kill()
        self._holder.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()


@pytest.fixture
def mount_disk(tmp_path: Path) -> Iterator[Callable[[str], SmallDisk]]:
    """Return a function that mounts a small disk."""
    mounted: list[SmallDisk] = []

    def mount(size: str) -> SmallDisk:
        mounted.append(SmallDisk(tmp_path / "disk", size))
        return mounted[-1]

    yield mount
    for disk in mounted:
        disk.close()
