"""Golden screens, as text: what a person sees at two sizes. AMN_TUI_GOLDEN=write pytest tests/ui/test_screens.py"""

import os
from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("story", "now"),
    [("healthy", 7800), ("alarmed", 1300), ("blocked", 10), ("aborted", 1300)],
    ids=lambda value: str(value),
)
async def test_the_screen_is_the_golden_one(
    ui: ModuleType, folder: RunFolder, story: str, now: int, size: tuple[int, int]
) -> None:
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=now)
    async with app.run_test(size=size) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
    path = GOLDEN / f"{story}-{size[0]}x{size[1]}.txt"
    if os.environ.get("AMN_TUI_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")
