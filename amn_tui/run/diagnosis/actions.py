"""The three debug actions, each a child process that is bounded in time and can be given up."""

import json
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from amn_tui.run.diagnosis.evidence import ActionResult, Evidence
from amn_tui.run.text import sanitize
from checks.errors import InputError
from checks.verdict import Verdict
from trainer.datasets import resolve, resolve_baseline

PATIENCE_S = 300.0
LOOK_EVERY_S = 0.1
MOST_BYTES = 4_000_000  # of what a child may say
MODULES = ("-P", "-m")
Spawn: TypeAlias = "Callable[[Sequence[str]], subprocess.Popen[bytes]]"


@dataclass(frozen=True, slots=True)
class DebugAction:
    """One of the plan's debug actions: what it asks, the module and its arguments, and the command for people.

    `missing` names what it needs and the run has not; `needless` says why it makes no sense here; "" where it can run.
    """

    name: str
    title: str
    argv: tuple[str, ...]
    command: str
    missing: str = ""
    needless: str = ""


def list_actions(evidence: Evidence) -> tuple[DebugAction, ...]:
    """Return the three actions for a run, with what each needs looked up."""
    return (_ask_norms(evidence), _ask_forward(evidence), _ask_comparison(evidence))


def _ask_norms(evidence: Evidence) -> DebugAction:
    names = [evidence.data.train, *evidence.data.ood]
    needless = "" if evidence.data.train else "no plan names the data"
    missing = "" if needless else _say_missing(names, "data.train")
    argv = ("trainer.tables", "verify", *names, "--json")
    return DebugAction(
        "norms", "normalisation of the data", argv, _write("amn-tui data verify", names), missing, needless
    )


def _ask_forward(evidence: Evidence) -> DebugAction:
    given = evidence.checkpoint or evidence.path
    needless = "" if evidence.ours and evidence.has_plan else "not a run of our own trainer"
    argv = ("trainer.forward_check", given, "--json")
    return DebugAction(
        "forward", "the model's forward pass", argv, _write("amn-tui model check", [given]), "", needless
    )


def _ask_comparison(evidence: Evidence) -> DebugAction:
    names = [evidence.data.reference, evidence.data.train]
    needless = "" if all(names) else "no plan names data and a reference"
    missing = "" if needless else _say_missing(names[1:], "data.train") or _say_missing(names[:1], "data.reference")
    context = evidence.get_setting("context")
    argv = ("trainer.tables", "compare", *names, "--json", *(("--context", f"{context:.0f}") if context else ()))
    command = _write("amn-tui data compare", names)
    return DebugAction("compare", "the data against the reference", argv, command, missing, needless)


def _write(command: str, names: Iterable[str]) -> str:
    return " ".join([command, *map(shlex.quote, names)])


def _say_missing(names: Iterable[str], key: str) -> str:
    try:
        for name in names:
            _ = resolve_baseline(name) if key == "data.reference" else resolve(name)
    except InputError as error:
        return str(error).removeprefix("data: ").removeprefix("baseline: ")
    return ""


def spawn_worker(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start `python -m ARGV` with its output in pipes and nothing to read; raises OSError."""
    return subprocess.Popen(
        [sys.executable, *MODULES, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


class ActionRun:
    """One debug action under way: `finish` waits for it, `cancel` ends it from any thread."""

    def __init__(self, action: DebugAction, spawn: Spawn = spawn_worker) -> None:
        """Prepare; nothing is started yet."""
        self.action = action
        self._spawn = spawn
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Give the action up; `finish` returns soon after."""
        self._cancelled.set()

    def finish(self, patience_s: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic) -> ActionResult:
        """Run the action and return what it found; a child that fails, hangs or talks nonsense is a result, too."""
        if self.action.needless:
            return skip(self.action, self.action.needless)
        if self.action.missing:
            return fail(self.action, self.action.missing)
        began_s = clock()
        try:
            child = self._spawn(self.action.argv)
        except OSError as error:
            return fail(self.action, f"could not be started: {error.strerror or error}")
        told = _Told(child)
        try:
            why = self._wait(child, began_s + patience_s, clock)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            output, errors = told.finish()
        if self._cancelled.is_set():
            return skip(self.action, "cancelled")
        result = fail(self.action, why) if why else read_result(self.action, child.returncode, output, errors)
        return replace(result, seconds=clock() - began_s)

    def _wait(self, child: "subprocess.Popen[bytes]", deadline_s: float, clock: Callable[[], float]) -> str:
        """Wait for the child; return why it was given up, "" when it ended."""
        while child.poll() is None:
            if self._cancelled.is_set():
                return "cancelled"
            left_s = deadline_s - clock()
            if left_s <= 0:
                return "took too long and was given up"
            try:
                child.wait(min(LOOK_EVERY_S, left_s))
            except subprocess.TimeoutExpired:
                continue
        return ""


class _Told:
    """Reads both pipes of a child to their ends, so that it never waits for a reader."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._parts: dict[int, bytes] = {}
        self._threads = [
            threading.Thread(target=self._read, args=(number, pipe), daemon=True)
            for number, pipe in enumerate((child.stdout, child.stderr)) if pipe is not None
        ]  # fmt: skip
        for thread in self._threads:
            thread.start()

    def _read(self, number: int, pipe: Any) -> None:
        kept = b""
        while part := pipe.read(65_536):
            kept = (kept + part)[-MOST_BYTES:]
        self._parts[number] = kept
        pipe.close()

    def finish(self) -> tuple[bytes, bytes]:
        """Return what was written to stdout and stderr; a grandchild that holds them is not waited for."""
        for thread in self._threads:
            thread.join(5.0)
        return self._parts.get(0, b""), self._parts.get(1, b"")


def read_result(action: DebugAction, code: int, output: bytes, errors: bytes) -> ActionResult:
    """Turn what a child said into a result; anything that is no verdict is a failure of the action itself."""
    try:
        body = json.loads(output)
        drifts = body.get("drifts", [])
        about = {str(drift["about"]): str(Verdict(drift["verdict"])) for drift in drifts}
        return ActionResult(
            action.name,
            str(Verdict(body["verdict"])),
            sanitize(str(body["found"])),
            sanitize(str(body["next"])),
            about=about,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        return fail(action, sanitize(lines[-1])[:300] if lines else how)


def fail(action: DebugAction, why: str) -> ActionResult:
    """Return the result of an action that found nothing, and why."""
    return ActionResult(action.name, str(Verdict.ERROR), why, action.command, failed=True)


def skip(action: DebugAction, why: str) -> ActionResult:
    """Return the result of an action that was not asked, and why."""
    return ActionResult(action.name, "", why, action.command, skipped=True)
