"""What a person has settled: read before a screen is shown, and told by `amn-tui config`."""

import json
import sys
from dataclasses import replace
from typing import Any

from amn_tui.run.text import sanitize
from amn_tui.ui.settings import Settings, find_config, find_seen, read_settings

WORDS = {
    "theme": "auto (dark or light as the terminal is), dark, light, high-contrast, colour-blind",
    "ascii": "true: no character beyond ASCII, whatever the locale says",
    "poll": "true: look for changes by the clock, where the file system tells of none",
    "title": "false: leave the terminal's title as it is",
    "hint": "false: never show the line for who is new here",
}


def settle(
    *, theme: str | None = None, ascii_only: bool = False, poll: bool = False, no_title: bool = False
) -> Settings:
    """Return the settings of the file, changed by what the command line says; raises InputError."""
    settings = read_settings()
    if settings.keys:
        from amn_tui.ui.app import MonitorApp
        from amn_tui.ui.keymap import check_keys
        from amn_tui.ui.places import list_places

        check_keys(settings.keys, list_places(MonitorApp.BINDINGS), find_config())
    return replace(
        settings,
        theme=theme or settings.theme,
        ascii=ascii_only or settings.ascii,
        poll=poll or settings.poll,
        title=settings.title and not no_title,
    )


def show_settings(*, as_json: bool) -> int:
    """Print where the file is and what it comes to, in a form that can be the file; raises InputError."""
    from amn_tui.ui.app import MonitorApp
    from amn_tui.ui.keymap import list_actions, list_keys, write_key
    from amn_tui.ui.places import list_places

    settings, path = settle(), find_config()
    places = list_places(MonitorApp.BINDINGS)
    actions = list_actions(places)
    keys = {name: [write_key(key) for key in list_keys(binding, settings.keys)] for name, binding in actions.items()}
    values: dict[str, Any] = {name: getattr(settings, name) for name in WORDS}
    if as_json:
        told = {"path": str(path), "exists": path.exists(), "hint_seen": find_seen().exists(), **values, "keys": keys}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return 0
    there = "" if path.exists() else "; it is not there: these are the defaults, and this output can be the file"
    lines = [f"# {sanitize(str(path))}{there}"]
    lines += [f"{name} = {json.dumps(value)}  # {WORDS[name]}" for name, value in values.items()]
    lines += ["", "[keys]"]
    said: set[str] = set()
    for place in places:
        lines.append(f"# {place.title}")
        for name, binding in list_actions([place]).items():
            own = keys[name][0] if len(keys[name]) == 1 else keys[name]
            lines += [f"{name} = {json.dumps(own)}  # {binding.tooltip or binding.description}"] * (name not in said)
            said.add(name)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
