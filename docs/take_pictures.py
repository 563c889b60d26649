"""Take the pictures in docs/: the real app on recorded runs; list them in docs/screens.md. python -m docs.take_pictures

`python -m docs.take_pictures chart help` takes those alone. What the pictures are of is in docs/scenes.py.
"""

import asyncio
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text
from textual.pilot import Pilot

from amn_tui.run.folder import RunFolder
from amn_tui.run.session import Session
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.picture import use_own_fonts
from amn_tui.ui.plain import run_plain
from amn_tui.ui.source import Source
from docs.moment import copy_aged, rewind
from docs.scenes import GROUPS, Scene, Size

DOCS = Path(__file__).resolve().parent
SAMPLES = Path("sample_logs")
INLINE, INLINE_WORDS = (
    "inline",
    "`--plain` and `--inline`: lines for pipes and logs; `--inline` keeps one beneath them.",
)
SHORT_S = 0.4  # for the screen to come to rest
LONGEST_S = 120.0


def open_app(scene: Scene, scratch: Path) -> MonitorApp:
    """Return the app on the run of a scene, in `scratch`; nothing is asked of one that is to be at work."""
    source: Source
    if scene.moment is None:
        copy_aged(SAMPLES.resolve(), scratch / SAMPLES)
        os.chdir(scratch)
        path, clock = SAMPLES / scene.sample, time.time
        source = Session(path, read_only=True, by="you")
    else:
        source, at = rewind(SAMPLES.resolve() / scene.sample, scratch / "runs" / scene.sample, scene.moment)
        os.chdir(scratch)
        path, clock = Path("runs") / scene.sample, lambda: at
    folder = RunFolder(path)
    app = MonitorApp(
        source, folder, folder.log, by="you", clock=clock, steady=time.monotonic if scene.moment is None else clock,
        glyphs=ASCII if scene.ascii else UNICODE,
    )  # fmt: skip
    app.take_theme(scene.theme)
    app.monitor.chart.compare([(SAMPLES / name).absolute() for name in scene.compare])
    return app


async def wait_for(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait until a condition holds and the screen shows it."""
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the screen never came to what was to be seen")
        await pilot.pause(0.05)
    await pilot.pause(SHORT_S)


async def take(scene: Scene, scratch: Path) -> None:
    """Save docs/NAME-SIZE.svg at every size of a scene."""
    app = open_app(scene, scratch)
    async with app.run_test(size=scene.sizes[0]) as pilot:
        await wait_for(pilot, lambda: app.shown is not None and app.shown.plan is not None)
        if scene.focus:
            app.screen.query_one(scene.focus).focus()
        for key in scene.keys:
            await pilot.press("space" if key == " " else key)
            await pilot.pause(0.05)
        await wait_for(pilot, lambda: scene.ready(app))
        for size in scene.sizes:
            await pilot.resize_terminal(*size)
            await pilot.pause(SHORT_S)
            write(name_file(scene, size), app.export_screenshot(title=f"amn-tui: {scene.name}"))


def name_file(scene: Scene, size: Size) -> str:
    """Return the name of a picture."""
    return f"{scene.name}-{size[0]}x{size[1]}.svg"


def write(name: str, svg: str) -> None:
    """Write a picture: no fonts from elsewhere, and blanks as one character each."""
    (DOCS / name).write_text(use_own_fonts(svg).replace("&#160;", "\u00a0"), "utf-8")
    print(name)


def take_lines() -> None:
    """Save docs/inline.svg: a run as lines."""
    told = io.StringIO()
    run_plain(SAMPLES / "gate-abort", out=told, inline=True)
    console = Console(record=True, width=120, file=io.StringIO(), legacy_windows=False)
    console.print(Text("$ amn-tui attach sample_logs/gate-abort --inline\n" + told.getvalue().rstrip()))
    write(f"{INLINE}.svg", console.export_svg(title="amn-tui: lines"))


def list_screens() -> str:
    """Return docs/screens.md."""
    lines = ["# Every screen", "", "`make docs` takes these pictures anew, from the recorded runs in sample_logs."]
    for title, scenes in GROUPS.items():
        lines += ["", f"## {title}"]
        for scene in scenes:
            first, *others = [(f"{size[0]} × {size[1]}", name_file(scene, size)) for size in scene.sizes]
            more = ", ".join(f"[{words}]({name})" for words, name in others)
            lines += ["", f"{scene.words}{f' Also at {more}.' if more else ''}", "", f"![{scene.name}]({first[1]})"]
    return "\n".join([*lines, "", INLINE_WORDS, "", f"![lines]({INLINE}.svg)", ""])


def main(wanted: list[str]) -> None:
    """Take all pictures, or those of the scenes `wanted`; times on them are in UTC, wherever they are taken."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for scene in (scene for scenes in GROUPS.values() for scene in scenes):
        if wanted and scene.name not in wanted:
            continue
        os.chdir(DOCS.parent)  # the paths on the screen are then the same everywhere
        os.environ.pop("NO_COLOR", None)
        if scene.no_color:
            os.environ["NO_COLOR"] = "1"
        with tempfile.TemporaryDirectory() as scratch:
            asyncio.run(take(scene, Path(scratch)))
            os.chdir(DOCS.parent)
    os.environ.pop("NO_COLOR", None)
    if not wanted or INLINE in wanted:
        take_lines()
    (DOCS / "screens.md").write_text(list_screens(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
