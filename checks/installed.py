"""Checks of other packages: whoever has one names it under the entry point group `amn_tui.checks`.

The entry point is an object, which may be the check's module itself: `title`; `page`, an Explanation; `options`, its
settings by name; and `measure`, `judge` and `control`, here or in the module that `module` names. Where importing it
costs much, let it be a light object with `module`. `needs_plan` is True for a check that looks at the plan.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, cast

from checks.errors import InputError
from checks.explanation import Explanation
from checks.options import Option
from checks.registry import CHECKS, Check, Registered

GROUP = "amn_tui.checks"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ENABLED = Option(True, "run this check")
FUNCTIONS = ("measure", "judge", "control")


@dataclass(frozen=True, slots=True)
class Installed(Registered):
    """A check of a package, with its settings and its page; `fault` says why it cannot be used, "" where it can."""

    package: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    declared: Any = None
    fault: str = ""

    def load(self) -> Check:
        """Return what has the functions; raises InputError that names the package where there is no such thing."""
        fault, check = self.fault, self.declared
        if self.module:
            try:
                check = super(Installed, self).load()
            except Exception as error:  # noqa: BLE001 (whatever its module does, the package is named)
                fault = _describe(error)
        if fault:
            raise InputError(f"package {self.package}", self.name, fault, f"a check ({GROUP})")
        missing = [name for name in FUNCTIONS if not callable(getattr(check, name, None))]
        if missing:
            raise InputError(f"package {self.package}", self.name, f"no {', '.join(missing)}", ", ".join(FUNCTIONS))
        return cast("Check", check)


@cache
def list_entry_points() -> Mapping[str, metadata.EntryPoint]:
    """Return the entry points by the check's name; one that takes the name of another check goes by its package's."""
    found: dict[str, metadata.EntryPoint] = {}
    for entry in sorted(
        metadata.entry_points(group=GROUP), key=lambda entry: (_name_package(entry) != "amn-tui", entry)
    ):
        taken = entry.name in CHECKS or entry.name in found or not NAME.fullmatch(entry.name)
        found[f"{_name_package(entry)}:{entry.name}" if taken else entry.name] = entry
    return found


def find_installed(name: str) -> Installed | None:
    """Return a package's check, None where no package has one of that name; it may be one that cannot be used."""
    entry = list_entry_points().get(name)
    return None if entry is None else _load(name, entry)


@cache
def _load(name: str, entry: metadata.EntryPoint) -> Installed:
    package = _name_package(entry)
    if name != entry.name:
        return _refuse(name, package, f"the name {entry.name!r} is taken, or not one word of small letters")
    try:
        return _declare(name, package, entry.load())
    except Exception as error:  # noqa: BLE001 (whatever a package does wrong, it is one row of preflight)
        return _refuse(name, package, _describe(error))


def _refuse(name: str, package: str, fault: str) -> Installed:
    return Installed(name, name, "", package=package, options={"enabled": ENABLED}, fault=fault)


def _declare(name: str, package: str, declared: Any) -> Installed:
    """Take over what a package declares; raises TypeError for what is of another kind."""
    title, page = getattr(declared, "title", name), getattr(declared, "page", None)
    options, module = getattr(declared, "options", {}), getattr(declared, "module", "")
    for what, value, kind in (("title", title, str), ("module", module, str), ("options", options, Mapping)):
        if not isinstance(value, kind):
            raise TypeError(f"its {what} is {type(value).__name__}, not {kind.__name__}")
    if page is not None and not isinstance(page, Explanation):
        raise TypeError(f"its page is {type(page).__name__}, not checks.explanation.Explanation")
    if not all(isinstance(key, str) and isinstance(option, Option) for key, option in options.items()):
        raise TypeError("its options are not checks.options.Option by name")
    return Installed(
        name, title, module, package=package, options={"enabled": ENABLED, **options}, page=page, declared=declared,
        needs_plan=bool(getattr(declared, "needs_plan", False)),
    )  # fmt: skip


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _name_package(entry: metadata.EntryPoint) -> str:
    dist = entry.dist
    return "" if dist is None else dist.name


def list_checks() -> dict[str, Registered]:
    """Return every check there is, in the order they run: our own, then those of packages."""
    return {**CHECKS, **{name: _load(name, entry) for name, entry in list_entry_points().items()}}


def forget_installed() -> None:
    """Look anew at what is installed: for tests."""
    list_entry_points.cache_clear()
    _load.cache_clear()
