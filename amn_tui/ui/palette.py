"""The command palette: everything that a key does now, and every theme, by name."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from amn_tui.ui.keymap import list_keys, show_key
from amn_tui.ui.themes import THEMES

if TYPE_CHECKING:
    from amn_tui.ui.app import MonitorApp

Command = tuple[str, str, Callable[[], object]]


class Commands(Provider):
    """Made from the bindings, so that it offers what is there and nothing else."""

    def list_commands(self) -> list[Command]:
        """Return (name, help, what it does)."""
        app = cast("MonitorApp", self.app)
        commands: list[Command] = []
        for binding in app.BINDINGS:
            if not isinstance(binding, Binding) or binding.id in (None, "palette"):
                continue
            if app.check_action(binding.action.rpartition(".")[2], ()) is False:
                continue
            keys = ", ".join(map(show_key, list_keys(binding, app.settings.keys)))
            name = (binding.id or "").replace("-", " ")
            commands.append((f"{name}  ({keys})", binding.tooltip, partial(self._run, binding.action)))
        words = "for as long as this monitor runs"
        commands += [(f"theme: {theme.name}", words, partial(app.take_theme, theme.name)) for theme in THEMES]
        commands.append(("theme: keep this one", "write it into config.toml", app.keep_theme))
        return commands

    async def _run(self, action: str) -> None:
        await self.app.run_action(action if "." in action else f"app.{action}")

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for name, words, run in self.list_commands():
            yield DiscoveryHit(name, run, help=words)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Offer what matches."""
        matcher = self.matcher(query)
        for name, words, run in self.list_commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=words)


def make_palette() -> CommandPalette:
    """Return the palette, with our commands alone."""
    return CommandPalette(providers=[Commands], placeholder="what to do; enter does it, esc goes back")
