"""The pages of checks as text for a terminal, and docs/checks.md, which is made of them."""

from collections.abc import Mapping, Sequence

from checks.explanation import Explanation, format_page, read_explanations
from checks.installed import Installed, list_checks
from checks.options import OPTIONS, Option
from checks.registry import Registered

OURS = "amn-tui"
HEAD = """# The checks

What `amn-tui launch` proves before it trains: `amn-tui preflight` runs the checks alone, `amn-tui preflight --explain
CHECK` prints a page of this document, and Enter on a row of the checklist shows it beside the numbers. Every check is
also run on a copy of the data that is broken in the check's own way, its control; a check that accepts it is an ERROR.

FAIL and ERROR block the launch, unless a person goes on with a recorded reason: `--override CHECK=REASON`. Settings
stand in a plan's `[checks.NAME]` or behind `--set checks.NAME.KEY=VALUE`; `enabled = false` leaves a check out.

This document is written by `make docs` from the checks themselves.
"""


def find_page(check: Registered) -> Explanation | None:
    """Return the page of a check, ours or a package's."""
    return check.page or read_explanations().get(check.name)


def find_options(check: Registered) -> Mapping[str, Option]:
    """Return the settings of a check, ours or a package's."""
    return check.options if isinstance(check, Installed) else OPTIONS[check.name]


def write_pages(names: Sequence[str]) -> str:
    """Return the pages of checks for a terminal, of all where no name is given."""
    checks = list_checks()
    return "\n".join(format_page(f"{checks[name].title} ({name})", find_page(checks[name])) for name in names or checks)


def write_handbook() -> str:
    """Return docs/checks.md: our own checks and those of our package."""
    ours = [check for check in list_checks().values() if not isinstance(check, Installed) or check.package == OURS]
    return "\n".join([HEAD, *map(_write_check, ours)])


def _write_check(check: Registered) -> str:
    page = find_page(check)
    parts = [f"## {check.title}", f"`{check.name}`"]
    parts += [f"**{heading.capitalize()}.** {text}" for heading, text in (page.parts if page else ())]
    rows = [
        f"| `{key}` | {_write_default(option)} | {option.about} |"
        for key, option in find_options(check).items()
        if key != "enabled"
    ]
    if rows:
        parts.append("\n".join(["| setting | default | meaning |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _write_default(option: Option) -> str:
    return f"`{option.default}`" if option.default != "" else "none"
