import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from checks.registry import CHECKS, keep_silent, narrow

ROOT = Path(__file__).resolve().parents[2]
LIGHT = [
    "runner",
    "registry",
    "config",
    "gate",
    "derived",
    "jsonl",
    "result",
    "band",
    "reference",
    "printer",
    "finding",
    "__main__",
]


def test_the_five_checks_of_the_plan_come_first() -> None:
    assert list(CHECKS)[:5] == [
        "encoder_fingerprint", "eval_normalization", "oracle_recall", "off_by_one", "adjacency_coherence",
    ]  # fmt: skip


@pytest.mark.parametrize("name", list(CHECKS))
def test_every_check_keeps_measuring_judging_and_breaking_apart(name: str) -> None:
    check = CHECKS[name].load()
    assert CHECKS[name].title
    assert list(inspect.signature(check.measure).parameters) == ["data", "progress"]
    assert list(inspect.signature(check.judge).parameters) == ["numbers", "thresholds"]
    assert list(inspect.signature(check.control).parameters) == ["data"]


@pytest.mark.slow
@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_need_only_the_standard_library(module: str) -> None:
    script = (
        "import importlib, sys; before = set(sys.modules); importlib.import_module(sys.argv[1]);"
        "print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before} - sys.stdlib_module_names))"
    )
    command = [sys.executable, "-c", script, f"checks.{module}"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert ended.stdout.split() == ["checks"]


def test_progress_of_a_part_is_a_part_of_the_progress() -> None:
    told: list[tuple[float, str]] = []
    part = narrow(lambda share, note: told.append((share, note)), 1, 4)
    part(0.0, "a")
    part(0.5, "b")
    part(1.0, "c")
    assert told == [(0.25, "a"), (0.375, "b"), (0.5, "c")]
    keep_silent(0.5, "d")
