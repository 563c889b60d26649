"""Golden screens, as text: what a person sees at four sizes. AMN_TUI_GOLDEN=write pytest tests/ui/test_screens.py"""

import os
from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.session import RunReader
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import UNICODE

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path.parent.name for path in ROOT.glob("sample_logs/*/expected.toml"))
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "160x48": (160, 48), "200x60": (200, 60)}
QUICK, LARGE = list(SIZES)[:2], list(SIZES)[2:]
pytestmark = pytest.mark.no_cover  # what they reach others reach, and traced they take twice as long


def compare(screen: str, name: str) -> None:
    """Hold a screen against its golden one, or make it the golden one."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("AMN_TUI_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")


@pytest.mark.parametrize("size", [*QUICK, *(pytest.param(size, marks=pytest.mark.slow) for size in LARGE)])
@pytest.mark.parametrize(
    ("story", "now"),
    [("healthy", 7800), ("alarmed", 1300), ("blocked", 10), ("aborted", 1300), ("checking", 3)],
    ids=lambda value: str(value),
)
async def test_the_screen_is_the_golden_one(ui: ModuleType, folder: RunFolder, story: str, now: int, size: str) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=now)
    async with app.run_test(size=SIZES[size]) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
    compare(screen, f"{story}-{size}")


@pytest.mark.slow  # each drives the whole app on a recorded run
@pytest.mark.parametrize("sample", SAMPLES)
async def test_every_sample_run_looks_as_it_did_at_every_size(
    ui: ModuleType, sample: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # the paths on the screen are then the same everywhere
    folder = RunFolder(Path("sample_logs") / sample)
    source = ui.FakeSource(RunReader(folder.path).read())
    app = MonitorApp(source, folder, folder.log, by="ada", read_only=True, clock=lambda: ui.BEGAN, glyphs=UNICODE)
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await ui.open_run(pilot, app)
        for name, size in SIZES.items():
            await pilot.resize_terminal(*size)
            await ui.settle(pilot)
            await ui.settle(pilot)
            compare(ui.read_screen(app), f"sample-{sample}-{name}")


def test_every_sample_has_its_golden_screens() -> None:
    stories = ("healthy", "alarmed", "blocked", "aborted", "checking")
    names = [f"sample-{sample}" for sample in SAMPLES] + list(stories)
    wanted = {f"{name}-{size}.txt" for name in names for size in SIZES}
    assert wanted <= {path.name for path in GOLDEN.glob("*.txt")}
