"""A debug action never crashes the diagnosis: whatever its child does is a result."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import pytest

from amn_tui.run.diagnosis.actions import ActionRun, DebugAction, list_actions, read_result
from amn_tui.run.plan import DataSection
from tests.run.diagnosis.cases import evidence

ACTION = DebugAction("norms", "normalisation of the data", ("trainer.tables",), "amn-tui data verify wikipedia")


def spawn_script(script: str) -> Callable[[Sequence[str]], "subprocess.Popen[bytes]"]:
    def spawn(_argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return spawn


def test_what_is_asked_of_a_run_names_its_own_paths() -> None:
    norms, forward, compared = list_actions(evidence())
    assert norms.argv == ("trainer.tables", "verify", "wikipedia", "moby-dick", "--json")
    assert forward.argv == ("trainer.forward_check", "/runs/one/checkpoints/best.safetensors", "--json")
    assert compared.argv == ("trainer.tables", "compare", "wikipedia", "wikipedia", "--json", "--context", "5")
    assert compared.command == "amn-tui data compare wikipedia wikipedia"


def test_data_that_are_gone_are_told_before_anything_starts() -> None:
    gone = evidence(data=DataSection(train="/nowhere/train.npz", reference="wikipedia"))
    norms, _, compared = list_actions(gone)
    for action in (norms, compared):
        result = ActionRun(action, spawn_script("raise SystemExit('never started')")).finish()
        assert result.failed
        assert "/nowhere/train.npz" in result.found


def test_what_makes_no_sense_for_a_run_is_skipped() -> None:
    foreign = evidence(data=DataSection(), ours=False)
    results = [ActionRun(action).finish() for action in list_actions(foreign)]
    assert [(result.skipped, result.failed) for result in results] == [(True, False)] * 3


@pytest.mark.parametrize(
    ("output", "errors", "code", "verdict", "found"),
    [
        (b'{"verdict": "PASS", "found": "all", "next": "amn-tui x"}', b"", 0, "PASS", "all"),
        (b'{"verdict": "FAIL", "found": "a\\u001b[2Jb", "next": ""}', b"", 3, "FAIL", "ab"),
        (b"", b"Traceback\nOSError: it broke\n", 1, "ERROR", "OSError: it broke"),
        (b"", b"", -9, "ERROR", "ended by signal 9"),
        (b"not json", b"", 0, "ERROR", "exit code 0"),
        (b"[]", b"", 0, "ERROR", "exit code 0"),
        (b'{"verdict": "GREEN", "found": "", "next": ""}', b"", 0, "ERROR", "exit code 0"),
    ],
)
def test_any_end_of_a_child_is_a_result(output: bytes, errors: bytes, code: int, verdict: str, found: str) -> None:
    result = read_result(ACTION, code, output, errors)
    assert (result.verdict, result.found, result.failed) == (verdict, found, verdict == "ERROR")


def test_the_parts_of_a_comparison_are_kept() -> None:
    output = b'{"verdict": "FAIL", "found": "x", "next": "y", "drifts": [{"about": "space", "verdict": "FAIL"}]}'
    assert read_result(ACTION, 3, output, b"").about == {"space": "FAIL"}


def test_a_child_that_cannot_start_is_a_result() -> None:
    def spawn(_argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        raise OSError(12, "Cannot allocate memory")

    result = ActionRun(ACTION, spawn).finish()
    assert (result.failed, result.found) == (True, "could not be started: Cannot allocate memory")


@pytest.mark.slow
def test_a_child_that_hangs_is_given_up_in_time() -> None:
    result = ActionRun(ACTION, spawn_script("import time; time.sleep(600)")).finish(0.2)
    assert (result.failed, result.found) == (True, "took too long and was given up")
    assert result.seconds < 30


@pytest.mark.slow
def test_cancelling_ends_the_child_at_once(wait_until: Callable[[Callable[[], object]], None]) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def spawn(argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        children.append(spawn_script("import time; time.sleep(600)")(argv))
        return children[0]

    run = ActionRun(ACTION, spawn)
    results = []
    thread = threading.Thread(target=lambda: results.append(run.finish()))
    thread.start()
    wait_until(lambda: children)
    run.cancel()
    thread.join()
    assert (results[0].skipped, results[0].found) == (True, "cancelled")
    assert children[0].returncode == -9


@pytest.mark.slow
def test_a_child_that_says_more_than_a_pipe_holds_does_not_hang() -> None:
    script = (
        'import sys; sys.stderr.write(\'x\' * 1_000_000); print(\'{"verdict": "PASS", "found": "a", "next": "b"}\')'
    )
    assert ActionRun(ACTION, spawn_script(script)).finish(60).verdict == "PASS"
