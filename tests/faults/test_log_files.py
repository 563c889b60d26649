"""What is no file, and what is too much of one: FIFO, device, folder, socket; 10 GB of log, and lines without end."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from amn_tui.cli import cli
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run, RunEvent
from amn_tui.run.source import LogSource
from amn_tui.run.tail import Tail
from amn_tui.ui import log_file, log_index
from amn_tui.ui.log_file import LogFile
from checks.errors import InputError
from tests.ui import conftest as ui

Happened = Callable[[str], None]
EPOCH = "2026-11-22T10:24:40Z Epoch {}/9 done val_cosine=0.1{}\n"
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def make_thing(path: Path, kind: str) -> None:
    """Put something that is no regular file in the place of a log."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    elif kind == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("needs the right to make a device: mknod c 1 5")
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.fault(43)
@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["fifo", "folder", "socket", "device", "link"])
def test_what_is_no_file_is_refused_and_nobody_waits(folder: RunFolder, happened: Happened, kind: str) -> None:
    make_thing(folder.log, kind)
    problem = Tail(folder.log).read().problem
    assert str(folder.log) in problem
    with pytest.raises(OSError, match=r"regular|symbolic|No such device"):
        LogFile(folder.log).refresh()
    source, told = LogSource(folder.log), list[RunEvent]()
    for _ in range(3):
        told += source.read()
    assert len(told) == 1  # said once
    if kind != "folder":
        with pytest.raises(InputError, match="expected a run folder or a log file"):
            cli.main(["attach", str(folder.log)], standalone_mode=False)
    if kind != "folder":
        folder.log.unlink()
        folder.log.write_text(EPOCH.format(1, 1))
        taken_back = fold(fold(Run("/x"), told), source.read())
        assert not taken_back.problems
        assert taken_back.curve.list_values("val_cosine") == [(1, 0.11)]
    source.close()
    happened("FIFO, folder, socket, device, link to /dev/zero: refused in words, once, without waiting; a file in its "
             "place takes it back")  # fmt: skip


@pytest.mark.slow
@pytest.mark.fault(44)
async def test_of_10_gb_the_end_is_shown_first(
    folder: RunFolder, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with folder.log.open("wb") as file:
        file.truncate(10_000_000_000)  # sparse: only its end is on the disk
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"text\n" * 100_000 + b"the last line\n")
    read, pread = {"bytes": 0}, os.pread

    def count(descriptor: int, size: int, offset: int) -> bytes:
        raw = pread(descriptor, size, offset)
        if threading.current_thread().name == "amn-tui-log":
            read["bytes"] += len(raw)
        return raw

    monkeypatch.setattr(os, "pread", count)
    monkeypatch.setattr(LogFile, "index_head", lambda _self: False)
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        assert "the last line" in ui.read_screen(app)
    assert read["bytes"] < 1_000_000
    happened(f"10 GB: the last line on the screen after {read['bytes'] // 1000} kB read")


SCAN = """
import resource, sys
from pathlib import Path
from amn_tui.run.fold import fold
from amn_tui.run.model import Run
from amn_tui.run.source import LogSource
from amn_tui.ui.log_file import LogFile
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source, run, before, shares = LogSource(Path(sys.argv[1])), Run("/x"), peak(), []
while True:
    run = fold(run, source.read())
    shares += [run.history] if run.history is not None else []
    if not source.more: break
pane = LogFile(Path(sys.argv[1]))
pane.refresh(); pane.index_head()
last = pane.read_line(pane.index, pane.index.count - 1)
assert shares == sorted(shares) and 0 < shares[0] < 0.1 and shares[-1] > 0.9, shares
print((peak() - before) // 1024, run.curve.list_values("val_cosine"), run.history, last, pane.index.whole)
"""


@pytest.mark.slow
@pytest.mark.fault(44)
def test_160_mb_are_read_in_little_memory_and_say_how_far(happened: Happened) -> None:
    step = "2026-11-22T10:04:12Z Epoch 2/9 step 100/20420 loss=0.001892 cosine=0.401200 lr=0.00025\n" * 11_000
    with tempfile.TemporaryDirectory(dir=MEMORY) as scratch:
        path = Path(scratch) / "training.log"
        with path.open("w") as file:
            file.write(EPOCH.format(1, 1))
            for _ in range(160_000_000 // len(step)):
                file.write(step)
            file.write(EPOCH.format(2, 2) + "the last line\n")
        ended = subprocess.run([sys.executable, "-c", SCAN, str(path)], capture_output=True, text=True, check=True)
    grown, rest = ended.stdout.split(" ", 1)
    assert rest.strip() == "[(1, 0.11), (2, 0.12)] None the last line True"
    assert int(grown) < 60  # 15 MB of it where the 1.8 million lines begin
    happened(f"160 MB: both ends of the curve, {grown} MB more memory, the share read is said on the way")


@pytest.mark.fault(44)
def test_an_index_never_outgrows_its_bound(tmp_path: Path, happened: Happened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_index, "MOST_LINES", 1000)
    monkeypatch.setattr(log_file, "MOST_LINES", 1000)
    monkeypatch.setattr(log_file, "CHUNK_BYTES", 4096)
    path = tmp_path / "training.log"
    path.write_text("".join(f"line {number}\n" for number in range(50_000)))
    log = LogFile(path)
    log.refresh()
    log.index_head()
    most = 0
    for number in range(50_000, 60_000, 500):
        append(path, "".join(f"line {n}\n" for n in range(number, number + 500)))
        log.refresh()
        most = max(most, len(log.index.starts))
        assert log.index.cut
        assert not log.index_head()
        lines = [log.read_line(log.index, n) for n in range(log.index.count)]
        assert lines == [f"line {n}" for n in range(number + 500 - len(lines), number + 500)]
    assert 1000 <= most <= 2600
    log.close()
    happened(f"60,000 lines with a bound of 1,000: at most {most} in memory, always the newest, all of them right")


@pytest.mark.fault(44)
def test_only_so_much_before_the_tail_is_indexed(
    tmp_path: Path, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "LOOK_BACK_BYTES", 100_000)
    path = tmp_path / "training.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    log = LogFile(path)
    log.refresh()
    border = log.index.starts[0]
    assert log.index_head()
    assert border - 100_000 <= log.index.starts[0] < border - 99_900
    assert not log.index.whole
    lines = [log.read_line(log.index, n) for n in range(log.index.count)]
    assert lines == [f"line {n}" for n in range(100_000 - len(lines), 100_000)]
    append(path, "x\n" * 60_000)
    log.refresh()
    assert log.index.count < 150_000
    log.close()
    happened("of what lies before the tail, a bounded part is indexed")
