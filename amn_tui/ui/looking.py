"""How the screen looks and which keys it hears: themes, a person's own keys, the palette, the first-run hint."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import events
from textual.css.stylesheet import Stylesheet
from textual.filter import LineFilter

from amn_tui.run.text import sanitize
from amn_tui.ui.asking import AskingApp
from amn_tui.ui.colourless import Colourless
from amn_tui.ui.keymap import name_key
from amn_tui.ui.placeless import PlacelessStyles
from amn_tui.ui.requests import Requests
from amn_tui.ui.settings import Settings, keep_theme, remember_seen
from amn_tui.ui.themes import DARK, THEMES, choose_theme, follow_theme
from checks.errors import InputError


class LookingApp(AskingApp):
    """What MonitorApp is to the person who wants it another way."""

    ENABLE_COMMAND_PALETTE = False  # Textual's has commands of its own; ours is opened by key

    def __init__(self, requests: Requests, settings: Settings, hint: Path | None) -> None:
        """Look as `settings` say; `hint` is the file that shall tell that the hint was seen, None for no hint."""
        super().__init__(requests)
        self.settings = settings
        self.hint = hint
        self.placeless = PlacelessStyles([Colourless()] if self.no_color else [])
        self._take_themes(choose_theme(settings.theme))

    def _take_themes(self, name: str) -> None:
        """Have our themes and no others, from the start: changing the theme later would read the styles twice."""
        for theme in THEMES:
            self.register_theme(theme)
        for other in self.available_themes.keys() - {theme.name for theme in THEMES}:
            self.unregister_theme(other)
        self.set_reactive(LookingApp.theme, name)
        self.stylesheet = Stylesheet(variables=self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own colours to themes that do not know them."""
        return dict(DARK.variables)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Draw with few styles, however many places there are, and without colours where NO_COLOR says so."""
        others = self.placeless.others if self.no_color else tuple(super().get_line_filters())
        if others != self.placeless.others:
            self.placeless = PlacelessStyles(others)
        return [self.placeless]

    def on_mount(self) -> None:
        """Hear a person's own keys."""
        if self.settings.keys:
            self.set_keymap({action: ",".join(map(name_key, keys)) for action, keys in self.settings.keys.items()})

    async def on_event(self, event: events.Event) -> None:
        """Take the hint away with the first key, and write down that it was seen."""
        if self.hint is not None and isinstance(event, events.Key):
            seen, self.hint = self.hint, None
            for screen in self.screen_stack:
                screen.remove_class("-hinting")
            self.run_worker(asyncio.to_thread(remember_seen, seen), exit_on_error=False)
        await super().on_event(event)

    def take_theme(self, name: str) -> None:
        """Look like this from now on; nothing is written."""
        self.theme = name

    def action_change_theme(self) -> None:
        """Take the next theme and say its name."""
        self.take_theme(follow_theme(self.theme))
        words = "NO_COLOR is set: themes differ in nothing" if self.no_color else f"theme: {self.theme}"
        self.notify(words, markup=False, timeout=3)

    def action_palette(self) -> None:
        """Find a command by its name."""
        from amn_tui.ui.palette import make_palette

        self.push_screen(make_palette())

    def keep_theme(self) -> None:
        """Write the theme into config.toml because somebody asked for it."""

        async def work() -> None:
            try:
                path = await asyncio.to_thread(keep_theme, self.theme)
                self.notify(sanitize(f"theme = {self.theme} is in {path}"), markup=False)
            except (OSError, InputError) as error:
                self.notify(sanitize(str(error)), severity="error", markup=False, timeout=15)

        self.run_worker(work(), exit_on_error=False)
