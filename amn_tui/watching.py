"""What `launch` and `attach` share: the options of the screen, and the way to it."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from amn_tui.ui.settings import Settings

NOTIFY_VARIABLE = "AMN_TUI_NOTIFY"  # addresses, apart by spaces


def add_look(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what the screen looks like."""
    command = click.option("--ascii", "ascii_only", is_flag=True, help="No character beyond ASCII.")(command)
    command = click.option("--no-title", is_flag=True, help="Leave the terminal's title as it is.")(command)
    names = click.Choice(("auto", "dark", "light", "high-contrast", "colour-blind"))
    return click.option("--theme", type=names, help="How it looks; the default is in config.toml.")(command)


def add_telling(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how a run is told of where there is no screen, or nobody before it."""
    command = click.option("--notify", multiple=True, metavar="URL", envvar=NOTIFY_VARIABLE, show_envvar=True,
                           help="Tell of an alarm and the end: desktop, or an address of apprise.")(
        command
    )  # fmt: skip
    return click.option("--inline", is_flag=True, help="Lines, and beneath them one that is kept up to date.")(command)


def settle_look(**look: Any) -> "Settings":
    """Read what the person has settled before anything is started: a mistake in it is told at once."""
    from amn_tui.settling import settle

    return settle(**look)


def first_picture(path: Path) -> AbstractContextManager[None]:
    """Show something while the rest is imported, and let no memory be tidied up until the screen is there."""
    import gc

    from amn_tui.ui.splash import splash

    gc.disable()
    return splash(path.resolve())


def check_telling(*, inline: bool, notify: Sequence[str]) -> dict[str, Any]:
    """Check before anything is started; raises InputError."""
    if notify:
        from amn_tui.ui.notice import check_targets

        check_targets(notify)
    os.environ.pop(NOTIFY_VARIABLE, None)  # an address may hold a secret: no trainer is to have it
    return {"inline": inline, "notify": notify}


def watch(
    path: Path,
    settings: "Settings | None",
    *,
    read_only: bool,
    poll: bool = False,
    compared: Sequence[Path] = (),
    since_s: float | None = None,
    inline: bool = False,
    notify: Sequence[str] = (),
) -> int:
    """Show a run on the screen, or as lines where there are no `settings` for a screen."""
    if settings is None:
        from amn_tui.ui.plain import run_plain

        return run_plain(path, since_s=since_s, poll=poll, inline=inline, notify=notify)
    from amn_tui.ui.run_monitor import run_monitor

    return run_monitor(path, settings, read_only=read_only, compared=compared, notify=notify)


def has_screen() -> bool:
    """Tell whether a full-screen program can run: Textual itself would run for ever without a terminal."""
    streams = (sys.stdin, sys.stdout)  # None where the descriptor is closed
    there = all(stream is not None and stream.isatty() for stream in streams)
    return there and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")
