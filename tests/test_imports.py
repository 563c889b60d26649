"""Imports run one way, asked of a fresh interpreter: what a module drags in is read from its sys.modules."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # each asks a fresh interpreter
HEAVY = {"torch", "numpy", "faiss", "safetensors"}
SCREEN = {"textual", "rich"}

LIGHT_CHECKS = [
    "verdict",
    "result",
    "gate",
    "derived",
    "expression",
    "jsonl",
    "errors",
    "band",
    "registry",
    "runner",
    "config",
]
LIGHT_TRAINER = ["events", "config", "recorder", "stages", "stop", "datasets"]
ROWS = [
    ("amn_tui.cli", HEAVY | SCREEN | {"msgspec", "watchdog", "psutil"}),
    ("amn_tui.ui.app", HEAVY),
    ("amn_tui.ui.run_monitor", HEAVY),
    ("amn_tui.ui.plain", HEAVY | SCREEN),
    ("amn_tui.run.guard", HEAVY | SCREEN),
    ("amn_tui.run.session", HEAVY | SCREEN),
    ("amn_tui.run.prepare", HEAVY | SCREEN),
    ("amn_tui.diagnosing", HEAVY | SCREEN),
    *((f"checks.{name}", HEAVY | SCREEN | {"amn_tui", "trainer"}) for name in LIGHT_CHECKS),
    *((f"trainer.{name}", HEAVY | SCREEN | {"amn_tui"}) for name in LIGHT_TRAINER),
]


def list_modules(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and return the top-level modules that it left loaded."""
    code = f"import sys, json\n{statement}\njson.dump(sorted({{m.partition('.')[0] for m in sys.modules}}), sys.stderr)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(asked.stderr.splitlines()[-1]))


@pytest.mark.parametrize(("module", "forbidden"), ROWS, ids=[row[0] for row in ROWS])
def test_what_a_module_must_not_drag_in(module: str, forbidden: set[str]) -> None:
    assert not list_modules(f"import {module}") & forbidden


def test_help_is_light() -> None:
    statement = "from amn_tui.cli import cli\ncli.main(['--help'], standalone_mode=False)"
    assert not list_modules(statement) & (HEAVY | SCREEN)


def test_the_probe_sees_what_is_there() -> None:
    assert "numpy" in list_modules("import checks.table")
    assert "textual" in list_modules("import textual")
