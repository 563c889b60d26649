"""Which other runs are laid over the chart: those beside the run, or any by its path."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import work

from amn_tui.run.siblings import Sibling, list_siblings, read_sibling
from amn_tui.ui.chart.compose import name_run
from amn_tui.ui.chart.view import Overlay
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import OVERLAY_TONES, Line, Part, Tone, fit, wrap
from amn_tui.ui.quantity import NOTHING
from amn_tui.ui.screens.pick import PickScreen
from amn_tui.ui.widgets.pane import CHART_CLASSES
from amn_tui.ui.widgets.pick_list import Row

NAME_CELLS = 22
ENDED_CELLS = 19
ABOUT = "Enter lays a run over the chart, or takes it away. A path may be typed too: a run folder, a log, a history."


def draw_sibling(path: str, sibling: Sibling | None, number: int | None, glyphs: Glyphs) -> Line:
    """Draw a run in one row: its number on the chart, name, best cosine, when, and how it ended."""
    name = fit(name_run(path), NAME_CELLS, glyphs.ellipsis)
    mark = Part(f"{number or ' '} ", OVERLAY_TONES[number - 1] if number else Tone.DIM)
    if sibling is None:
        return mark, Part(name, Tone.STRONG if number else Tone.PLAIN), Part(f"  {path}", Tone.DIM)
    best = NOTHING if sibling.best is None else f"{sibling.best:.4f}"
    when = datetime.fromtimestamp(sibling.changed_s).astimezone().strftime("%d %b %H:%M")
    ended = fit((sibling.outcome or "no end recorded").replace("_", " "), ENDED_CELLS, glyphs.ellipsis)
    return (
        mark, Part(name, Tone.STRONG if number else Tone.PLAIN), Part(f" {best:>7}  ", Tone.VAL),
        Part(f"{when}  ", Tone.DIM), Part(ended, Tone.DIM),
    )  # fmt: skip


class PickRunScreen(PickScreen):
    """Stays open while runs are laid over the chart and taken away; `toggle` does it and returns what lies there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CHART_CLASSES

    def __init__(
        self, path: Path, overlays: Sequence[Overlay], toggle: Callable[[str], Sequence[Overlay]], glyphs: Glyphs
    ) -> None:
        """Offer the runs in the folder that the run is in."""
        super().__init__(
            "Compare with", lambda width: [*((Part(line, Tone.DIM),) for line in wrap(ABOUT, width)), ()],
            (("enter", "lay over or take away"), ("escape", "done")), placeholder="name or path",
        )  # fmt: skip
        self.path, self.toggle, self.glyphs_used = path.absolute(), toggle, glyphs
        self.overlays = tuple(overlays)
        self.known: dict[str, Sibling | None] = {overlay.path: None for overlay in overlays}

    def on_mount(self) -> None:
        """Look for runs beside the screen."""
        super().on_mount()
        self.list.empty = "looking for runs"
        self.look()

    @work(exit_on_error=False)
    async def look(self) -> None:
        """List the runs, then read one after the other."""
        paths = await asyncio.to_thread(list_siblings, self.path.parent, self.path)
        self.list.empty = f"no other run in {self.path.parent}; type a path"
        self.known = {**{str(path): None for path in paths}, **self.known}
        self.draw_rows()
        for path in list(self.known):
            self.known[path] = await asyncio.to_thread(read_sibling, Path(path))
            self.draw_rows()

    def draw_rows(self) -> None:
        """Draw what is known by now."""
        numbers = {overlay.path: overlay.number for overlay in self.overlays}
        self.show(
            Row(path, f"{name_run(path)} {sibling.outcome if sibling else ''}",
                draw_sibling(path, sibling, numbers.get(path), self.glyphs_used))
            for path, sibling in self.known.items()
        )  # fmt: skip

    def pick(self, key: str) -> None:
        """Lay it over, or take it away; what was typed and fits no row is a path."""
        path = self.typed.strip() if "/" in self.typed else key
        if not path:
            self.app.bell()
            return
        path = str(Path(path).expanduser().resolve())
        before, self.overlays = self.overlays, tuple(self.toggle(path))
        if self.overlays == before:
            self.app.bell()  # eight lie there already
        self.known.setdefault(path, None)
        self.query_one("Input").value = ""  # type: ignore[attr-defined]  # an Input
        self.draw_rows()
