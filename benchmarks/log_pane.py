"""The log at a million lines: searching it against `grep -c`, and a page of it from key to picture.

    python -m benchmarks.log_pane [LINES]

Searching is what the monitor does in its thread, CPU seconds, the best of three; grep reads the same file in the same
run, and both must find as many lines. A page is turned by key on the real app (without a terminal), 100 times, at
random places: milliseconds from the key to the picture, with the lines read from the file, and with what the test's
pilot itself waits. Beside it the same on a thousand lines: how long the log is must not matter.
"""

import asyncio
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from amn_tui.run.session import Session
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_pattern import Level, LinePattern, PlainPattern, RegexpPattern, match_level
from amn_tui.ui.log_scan import LogScan
from amn_tui.ui.widgets.log_pane import LogPane
from benchmarks.log_reading import write_log

ROUNDS = 3
PAGES = 100
SIZE = (120, 40)
SEARCHES: tuple[tuple[str, Callable[[], LinePattern], list[str]], ...] = (
    ("plain text, rare", lambda: PlainPattern("step 777/"), ["-F", "step 777/"]),
    ("plain text, any case", lambda: PlainPattern("userwarning"), ["-iF", "userwarning"]),
    ("regexp", lambda: RegexpPattern(r"batch \d+7 Took|usual"), ["-E", "batch [0-9]+7 Took|usual"]),
    ("epochs (key v)", lambda: match_level(Level.EPOCHS), ["-E", r"Epoch [0-9]+/[0-9]+( done|:| *$)"]),
)


def spend_on_grep(path: Path, arguments: list[str]) -> tuple[float, int]:
    """Return the CPU seconds of `grep -c`, and how many lines it found."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["grep", "-c", *arguments, str(path)], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(done.stdout)


def spend_on_scan(log: LogFile, pattern: LinePattern) -> tuple[float, int, float]:
    """Return the CPU seconds of a scan, how many lines it found, and its longest slice in wall seconds."""
    scan, longest = LogScan(log, [pattern]), 0.0
    began_s = time.process_time()
    while True:
        slice_s = time.perf_counter()
        done = scan.advance(log.index)
        longest = max(longest, time.perf_counter() - slice_s)
        if done:
            return time.process_time() - began_s, len(scan.rows), longest


async def time_pages(path: Path) -> list[float]:
    """Return the milliseconds of every page that is turned."""
    session = Session(path, read_only=True, by="you")
    app = MonitorApp(session, None, path, by="you", read_only=True, clock=time.time)
    spent: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        pane = app.screen.query_one(LogPane)
        while pane.index is None or not pane.index.whole:
            await pilot.pause(0.05)
        places = random.Random(7)  # noqa: S311 (places in a file)
        view = pane.view
        view.follow = False
        for _ in range(PAGES):
            view.jump(places.randrange(max(1, len(view.shown) - 200)))
            await pilot.pause()
            began_s = time.perf_counter()
            await pilot.press("pagedown")
            while any(view.find_line(view.scroll_offset.y + y) is None for y in range(view.size.height)):
                await asyncio.sleep(0)
            for y in range(view.size.height):
                view.render_line(y)
            spent.append((time.perf_counter() - began_s) * 1000)
    return spent


def main() -> None:
    """Measure and print."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        path, short = Path(scratch) / "training.log", Path(scratch) / "short.log"
        write_log(path, lines)
        write_log(short, 1000)
        log = LogFile(path)
        while log.refresh() or log.index_head():
            pass
        print(f"{lines} lines, {path.stat().st_size / 1e6:.0f} MB; CPU seconds, the best of {ROUNDS}")
        print(f"{'':24}{'ours':>8}{'grep -c':>9}{'ratio':>7}{'found':>9}{'longest slice':>15}")
        for name, make, arguments in SEARCHES if shutil.which("grep") else ():
            ours = min(spend_on_scan(log, make()) for _ in range(ROUNDS))
            grep = min(spend_on_grep(path, arguments) for _ in range(ROUNDS))
            assert ours[1] == grep[1], f"{name}: {ours[1]} lines found, grep found {grep[1]}"
            ratio = ours[0] / max(grep[0], 1e-3)
            print(f"{name:24}{ours[0]:8.2f}{grep[0]:9.2f}{ratio:7.1f}{ours[1]:9}{ours[2] * 1000:12.0f} ms")
        log.close()
        print(f"a page, from key to picture, ms ({PAGES} pages at random places)")
        for name, log_path in ((f"{lines} lines", path), ("1000 lines", short)):
            spent = sorted(asyncio.run(time_pages(log_path)))
            print(f"{name:24}p50 {statistics.median(spent):6.1f}   p95 {spent[int(len(spent) * 0.95)]:6.1f}")


if __name__ == "__main__":
    main()
