"""Take the pictures in docs/: the real app on real runs, at the sizes that people have. python docs/take_pictures.py

The healthy screen is the recorded sample; for the alarm a run is launched that fails at epoch 1, watched until the
alarm is up, and stopped by key `a` once the pictures are taken.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from textual.pilot import Pilot

from amn_tui.launching import launch_run
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run
from amn_tui.run.session import Session
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.picture import use_own_fonts
from amn_tui.ui.screens.diagnosis import DiagnosisScreen
from amn_tui.ui.themes import THEMES

DOCS = Path(__file__).resolve().parent
SAMPLES = Path("sample_logs")
SIZES = ((120, 40), (80, 24))
MORE_SIZES = ((160, 48), (200, 60))


def open_app(path: Path, *, read_only: bool) -> MonitorApp:
    """Return the app on a run folder."""
    folder = RunFolder(path)
    session = Session(path, read_only=read_only, by="you")
    return MonitorApp(session, folder, folder.log, by="you", read_only=False, clock=time.time)


async def wait_for(pilot: Pilot[None], app: MonitorApp, condition: Callable[[Run], object]) -> None:
    """Wait until the run that is shown fulfils a condition."""
    while app.shown is None or not condition(app.shown):
        await pilot.pause(0.1)
    await pilot.pause(0.5)


async def picture(
    path: Path, name: str, condition: Callable[[Run], object], *, live: bool, sizes: Iterable[tuple[int, int]] = SIZES
) -> None:
    """Save docs/NAME-SIZE.svg at every size once the condition holds; a live run is then stopped."""
    app = open_app(path, read_only=not live)
    async with app.run_test(size=SIZES[0]) as pilot:
        await wait_for(pilot, app, condition)
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            await pilot.pause(0.5)
            svg = use_own_fonts(app.export_screenshot(title=f"amn-tui: {name}"))
            (DOCS / f"{name}-{width}x{height}.svg").write_text(svg, "utf-8")
        if live:
            await pilot.press("a")
            await wait_for(pilot, app, lambda run: run.ended)


async def picture_theme(path: Path, theme: str) -> None:
    """Save docs/theme-NAME.svg; the run is one with every verdict."""
    app = open_app(path, read_only=True)
    app.take_theme(theme)
    async with app.run_test(size=SIZES[0]) as pilot:
        await wait_for(pilot, app, lambda run: run.gates)
        (DOCS / f"theme-{theme}.svg").write_text(
            use_own_fonts(app.export_screenshot(title=f"amn-tui: {theme}")), "utf-8"
        )


async def picture_gate(path: Path) -> None:
    """Save docs/gate-120x40.svg: Enter on the first gate, with the past runs."""
    from amn_tui.ui.screens.gate_detail import GateScreen

    app = open_app(path, read_only=True)
    async with app.run_test(size=SIZES[0]) as pilot:
        await wait_for(pilot, app, lambda run: run.gates)
        app.screen.query_one("#gates").focus()
        await pilot.press("enter")
        while not isinstance(screen := app.screen, GateScreen) or screen.standings is None:
            await pilot.pause(0.1)
        await pilot.pause(0.5)
        (DOCS / "gate-120x40.svg").write_text(use_own_fonts(app.export_screenshot(title="amn-tui: a gate")), "utf-8")


async def picture_chart(path: Path, name: str, others: Iterable[Path], keys: Iterable[str]) -> None:
    """Save docs/NAME-SIZE.svg of the full chart, other runs laid over it, after some keys."""
    app = open_app(path, read_only=True)
    app.monitor.chart.compare(others)
    async with app.run_test(size=SIZES[0]) as pilot:
        await wait_for(pilot, app, lambda run: run.gates)
        await pilot.press("c", *keys)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause(0.5)
            svg = use_own_fonts(app.export_screenshot(title=f"amn-tui: {name}"))
            (DOCS / f"{name}-{width}x{height}.svg").write_text(svg, "utf-8")


async def picture_diagnosis(path: Path, name: str) -> None:
    """Save docs/NAME-SIZE.svg of the diagnosis, its debug actions done."""
    app = open_app(path, read_only=True)
    async with app.run_test(size=SIZES[0]) as pilot:
        await wait_for(pilot, app, lambda run: run.ended)
        await pilot.press("d")
        while not isinstance(screen := app.screen, DiagnosisScreen) or screen.evidence is None:
            await pilot.pause(0.1)
        while len(screen.evidence.actions) < len(screen.actions):
            await pilot.pause(0.1)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause(0.5)
            svg = use_own_fonts(app.export_screenshot(title=f"amn-tui: {name}"))
            (DOCS / f"{name}-{width}x{height}.svg").write_text(svg, "utf-8")


def main() -> None:
    """Take all pictures."""
    os.chdir(DOCS.parent)  # the paths on the screen are then the same everywhere
    for sample in ("healthy", "collapse", "gate-abort", "blocked"):
        asyncio.run(picture(SAMPLES / sample, sample, lambda run: run.gates or run.checks, live=False))
    asyncio.run(picture(SAMPLES / "healthy", "healthy", lambda run: run.gates, live=False, sizes=MORE_SIZES))
    for theme in THEMES:
        asyncio.run(picture_theme(SAMPLES / "gate-abort", theme.name))
    asyncio.run(picture_gate(SAMPLES / "healthy"))
    others = [SAMPLES / sample for sample in ("collapse", "original", "gate-abort")]
    asyncio.run(picture_chart(SAMPLES / "healthy", "chart", others, ["home", "right", "right"]))
    asyncio.run(picture_chart(SAMPLES / "healthy", "chart-steps", [], ["m", *"grad_norm", "enter", "x", "L", "e", "e"]))
    asyncio.run(picture_diagnosis(SAMPLES / "gate-abort", "diagnosis"))
    with tempfile.TemporaryDirectory() as scratch:
        path = launch_run(plan="demo", run_dir=Path(scratch) / "alarm", overrides=["train.lr=5e-5"], reasons=[],
                          resumed=None, command=())  # fmt: skip
        asyncio.run(picture(path, "alarm", lambda run: run.alarm, live=True))


if __name__ == "__main__":
    main()
