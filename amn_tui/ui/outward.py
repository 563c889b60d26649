"""What the monitor does beyond its screen: the bell, the terminal's title, notices, and pictures of itself."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from amn_tui.run.model import Run
from amn_tui.run.text import sanitize
from amn_tui.ui.looking import LookingApp
from amn_tui.ui.notice import Notifier, list_notices
from amn_tui.ui.requests import Requests
from amn_tui.ui.settings import Settings
from amn_tui.ui.terminal_title import KEEP, has_title, say_title, write_title


class OutwardApp(LookingApp):
    """What MonitorApp is to the terminal around it, and to who is not there."""

    def __init__(self, requests: Requests, settings: Settings, hint: Path | None, notify: Sequence[str]) -> None:
        """Send notices to the addresses in `notify`."""
        super().__init__(requests, settings, hint)
        self.titled = ""  # the title that the terminal has from us
        self.notifier = Notifier(notify, self.tell_problem)

    def tell_problem(self, where: str, words: str) -> None:
        """Say that something beside the screen failed; from any thread."""
        raise NotImplementedError

    def tell_outside(self, before: Run | None, run: Run) -> None:
        """Let the title, the bell and the notices say what is new."""
        self._show_title(run)
        notices = list_notices(before, run, self.clock())
        known = before.alarm.alarm if before is not None and before.alarm is not None else None
        if notices or (run.alarm is not None and run.alarm.alarm != known):
            self.bell()
        for notice in notices:
            self.notifier.send(notice)

    def _show_title(self, run: Run) -> None:
        title = say_title(run)
        if self._driver is None or not self.settings.title or title == self.titled or not has_title(os.environ):
            return
        self._driver.write(("" if self.titled else KEEP) + write_title(title))
        self.titled = title

    async def action_save_picture(self) -> None:
        """Save the screen as it is, and say where."""
        from amn_tui.ui.picture import choose_folder, save_picture

        name = self.shown.name if self.shown else "run"
        svg = self.export_screenshot(title=f"amn-tui: {sanitize(name)}")
        at = datetime.fromtimestamp(self.clock()).astimezone()

        def save() -> list[Path]:
            return save_picture(svg, name, at, choose_folder(os.environ))

        try:
            saved = await asyncio.to_thread(save)
        except OSError as error:
            words = f"cannot save the screen: {error.filename or 'here'}: {error.strerror or error}"
            self.notify(sanitize(words), severity="error", markup=False)
            return
        self.notify(sanitize("saved " + " and ".join(map(str, saved))), markup=False)
