"""Fourteen things that happen to a log, watched and polled: the curve goes on as it should, the pane shows the file."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from tests.faults.watched import Epochs, Watched

Happened = Callable[[str], None]
WaitUntil = Callable[[Callable[[], object]], None]
Change = Callable[[Path, Callable[[], None]], None]
BANNER = "a banner that every run begins with\n" * 20


def say(*epochs: tuple[int, float], banner: str = BANNER) -> str:
    return banner + "".join(f"2026-11-22T10:24:40Z Epoch {n}/9 done val_cosine={v}\n" for n, v in epochs)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


OLD: Epochs = [(1, 0.11), (2, 0.12)]
NEW: Epochs = [(1, 0.21), (2, 0.22)]
MORE: Epochs = [*OLD, (3, 0.13)]


def grow(path: Path, _look: Callable[[], None]) -> None:
    append(path, say((3, 0.13), banner=""))


def grow_in_halves(path: Path, look: Callable[[], None]) -> None:
    text = say((3, 0.13), banner="")
    append(path, text[:40])
    look()
    append(path, text[40:])


def copytruncate(path: Path, look: Callable[[], None]) -> None:
    shutil.copy(path, path.with_name("old"))
    os.truncate(path, 0)
    look()
    append(path, say((3, 0.13)))


def truncate_and_write(path: Path, _look: Callable[[], None]) -> None:
    os.truncate(path, 0)
    append(path, say(*NEW))


def truncate_in_a_line(path: Path, look: Callable[[], None]) -> None:
    os.truncate(path, path.stat().st_size - 10)
    look()
    append(path, "3\n")


def rewrite_as_long(path: Path, _look: Callable[[], None]) -> None:
    path.write_text(say(*NEW))


def rewrite_longer(path: Path, _look: Callable[[], None]) -> None:
    path.write_text(say(*NEW, (3, 0.23)))


def rewrite_the_beginning(path: Path, _look: Callable[[], None]) -> None:
    with path.open("r+") as file:  # neither its length nor its last bytes are others
        file.write(say((3, 0.11), (2, 0.12), banner=BANNER.upper()))


def replace_by_rename(path: Path, _look: Callable[[], None]) -> None:
    path.with_name("made").write_text(say(*NEW))
    path.with_name("made").replace(path)


def rotate(path: Path, look: Callable[[], None]) -> None:
    path.rename(path.with_name("old"))
    look()
    path.write_text(say((3, 0.13)))


def rotate_with_a_rest(path: Path, _look: Callable[[], None]) -> None:
    append(path, say((3, 0.13), banner=""))
    path.rename(path.with_name("old"))
    path.write_text(say((4, 0.14)))


def rotate_by_link(path: Path, look: Callable[[], None]) -> None:
    path.with_name("old").hardlink_to(path)
    path.unlink()
    look()
    path.write_text(say((3, 0.13)))


def delete_and_make_again(path: Path, look: Callable[[], None]) -> None:
    path.unlink()
    look()
    path.write_text(say(*NEW))


def delete_the_folder(path: Path, look: Callable[[], None]) -> None:
    shutil.rmtree(path.parent)
    look()
    path.parent.mkdir()
    path.write_text(say(*NEW))


OPERATIONS: dict[Change, Epochs] = {
    grow: MORE,
    grow_in_halves: MORE,
    copytruncate: MORE,
    truncate_and_write: NEW,
    truncate_in_a_line: [(1, 0.11)],
    rewrite_as_long: NEW,
    rewrite_longer: [*NEW, (3, 0.23)],
    rewrite_the_beginning: [*OLD, (3, 0.11)],
    replace_by_rename: NEW,
    rotate: MORE,
    rotate_with_a_rest: [*MORE, (4, 0.14)],
    rotate_by_link: MORE,
    delete_and_make_again: NEW,
    delete_the_folder: NEW,
}


@pytest.mark.fault(41)
@pytest.mark.fault(42)
@pytest.mark.parametrize("poll", [False, True], ids=["inotify", "polling"])
@pytest.mark.parametrize("change", OPERATIONS, ids=lambda change: change.__name__)
def test_whatever_happens_to_the_file(
    folder: RunFolder, follow: Callable[[bool], Watched], wait_until: WaitUntil, happened: Happened,
    change: Change, poll: bool,
) -> None:  # fmt: skip
    folder.log.write_text(say(*OLD))
    watched = follow(poll)

    def look() -> None:
        seen = watched.looks
        wait_until(lambda: watched.looks > seen + 1)

    wait_until(lambda: watched.epochs == OLD and len(watched.lines) == 22)
    change(folder.log, look)
    wait_until(lambda: watched.epochs == OPERATIONS[change])
    wait_until(lambda: watched.lines == folder.log.read_text().splitlines())
    happened(f"{len(OPERATIONS)} operations, watched and polled: the curve is right, the pane shows the file as it is")
