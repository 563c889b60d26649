"""Runs made by hand, a source that delivers what a test says, and an app on a clock that stands still."""

import math
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from textual.color import Color
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import (
    GUARD_EVENTS,
    AlarmRaised,
    GuardStarted,
    GuardState,
    ProcessIdentity,
    RunEnded,
    Rung,
    StopAsked,
    StopEscalated,
    SystemSampled,
    TrainerStarted,
)
from amn_tui.run.model import GuardSeen, Logged, Planned, Run, RunEvent
from amn_tui.run.outcome import Outcome
from amn_tui.run.plan import Plan
from amn_tui.run.plan_file import find_plan, read_plan, write_plan
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.line import Line
from checks.jsonl import append_line
from checks.result import (
    PREFLIGHT_EVENTS,
    CheckEnded,
    CheckProgressed,
    CheckStarted,
    Control,
    PreflightEnded,
    PreflightStarted,
)
from checks.verdict import Verdict
from trainer.events import Configured, EpochEnded, Stepped, format_event

BEGAN = 1_795_399_668.0  # 2026-11-23T02:07:48Z
WHO = ProcessIdentity(4242, 99, "boot")
RULES: dict[tuple[Any, ...], list[RuleSet]] = {}
LONGEST_WAIT_S = 60.0  # a condition that takes this long on a machine full of other work never comes true
TITLES = {
    "encoder_fingerprint": "Encoder fingerprint",
    "eval_normalization": "Eval normalization",
    "oracle_recall": "Oracle recall @K",
    "off_by_one": "Off by one",
    "adjacency_coherence": "Adjacency coherence",
}
DETAILS = {
    "encoder_fingerprint": "same encoder; compared: manifest, space (overlap 1.00); text not encoded again",
    "eval_normalization": "8718 rows of 2 arrays are unit vectors",
    "oracle_recall": "@1 1.000, @5 1.000, @1000 1.000; 0.0% of first places lost to exact duplicates",
    "off_by_one": "edge 0.543 against inner 0.544, 100.0% of targets found again as chunk i+1",
    "adjacency_coherence": "mean 0.545, low pairs 6.8%",
}
BASELINES = {"mean_of_context": 0.600195, "copy_last": 0.554924, "global_mean": 0.203389}
HEALTHY = (
    0.5227, 0.5581, 0.5716, 0.5757, 0.5808, 0.5830, 0.5848, 0.5862, 0.5871, 0.5879,
    0.5884, 0.5886, 0.5889, 0.5891, 0.5891, 0.5890, 0.5889, 0.5887, 0.5881, 0.5879,
)  # fmt: skip
# Text that would act on a terminal, on markup, or on the app if it were anything but text.
HOSTILE = (
    "loss[/red]", "[@click=app.leave]x[/]", "[bold red]x", "[link=file:///etc]x[/link]", "\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x07", "\x1b[2J\x1b[H", "\x9b31m", "a\x00b\x7fc", "\u202egnp.exe", "$error", "{x!r}\\[",
)  # fmt: skip


class FakeSource:
    """Delivers what it is told to, in the caller's thread."""

    def __init__(self, events: Iterable[RunEvent] = ()) -> None:
        self.first = list(events)
        self.deliver: Callable[[list[RunEvent]], None] | None = None
        self.stopped = 0

    def start(self, deliver: Callable[[list[RunEvent]], None]) -> None:
        self.deliver = deliver
        deliver(self.first)

    def stop(self) -> None:
        self.stopped += 1

    def tell(self, *events: RunEvent) -> None:
        assert self.deliver is not None
        self.deliver(list(events))


def plan(name: str = "amn-790k") -> Plan:
    return read_plan(find_plan(name))


def check_ended(check: str, *, verdict: Verdict = Verdict.PASS, detail: str = "", held: bool = True) -> CheckEnded:
    return CheckEnded(
        BEGAN + 1,
        check,
        verdict,
        Control("rows shuffled inside every article", Verdict.FAIL if held else Verdict.PASS, {"train.mean": 0.377}),
        {"train.mean": 0.545369, "train.low_share": 0.068, "train.space": "compared", "ok": True, "none": None},
        "mean at most 5 % below the reference, at most 5 points more low pairs",
        detail or DETAILS[check],
        1.3,
    )


def preflight(*, failing: str = "", upto: int = 5) -> list[RunEvent]:
    events: list[RunEvent] = [PreflightStarted(BEGAN, tuple(TITLES), tuple(TITLES.values()))]
    for number, check in enumerate(TITLES):
        if number == upto:
            return [*events, CheckStarted(BEGAN, check), CheckProgressed(BEGAN, check, 0.42, "querying the index")]
        detail = "mean 0.337 is 38 % below the reference's 0.545; low pairs 44.8% against 6.8%"
        bad = check == failing
        events.append(check_ended(check, verdict=Verdict.FAIL, detail=detail) if bad else check_ended(check))
    return [*events, PreflightEnded(BEGAN + 6, Verdict.FAIL if failing else Verdict.PASS, BASELINES, 3.9)]


def guard(*, alive: bool | None = True) -> list[RunEvent]:
    return [
        GuardStarted(BEGAN + 7, WHO, "here"),
        TrainerStarted(BEGAN + 8, WHO, ("python", "-m", "trainer")),
        GuardSeen(GuardState(BEGAN + 8, WHO, WHO, "here", "guarding"), alive, trainer_alive=True),
    ]


def epoch(number: int, value: float, *, total: int = 20, seconds: float = 1228.1) -> Logged:
    values = {
        "train_loss": 0.000991, "train_cosine": round(value + 0.004, 6), "val_loss": 0.000982, "val_cosine": value,
        "val_cosine_raw": round(value - 0.01, 6), "ood_cosine": round(value - 0.03, 6), "grad_norm": 0.008555,
        "lr": 0.00025, "mse_share": 0.548, "moment_share": 0.0012, "variance_share": 0.4508, "seconds": seconds,
    }  # fmt: skip
    return Logged(EpochEnded(number, total, values, BEGAN + 10 + number * seconds))


def epochs(values: Iterable[float], *, total: int = 20) -> list[RunEvent]:
    return [epoch(number, value, total=total) for number, value in enumerate(values, 1)]


def step(number: int, at: int, steps: int = 20420, *, total: int = 20) -> Logged:
    values = {
        "loss": 0.001892, "cosine": 0.5123, "grad_norm": 0.41, "lr": 0.00025, "mse_share": 0.548,
        "moment_share": 0.0012, "variance_share": 0.4508, "samples_per_s": 2980.0,
    }  # fmt: skip
    return Logged(Stepped(number, total, at, steps, values, BEGAN + 10 + (number - 1 + at / steps) * 1228.1))


def system() -> SystemSampled:
    gpu = {"percent": 87.0, "used_bytes": 61e9, "total_bytes": 80e9}
    return SystemSampled(BEGAN + 20, 103.0, 1_240_000_000, 4, 41_000_000_000, (gpu,))


def healthy(upto: int = 6) -> list[RunEvent]:
    return [
        Planned(plan()), *preflight(), *guard(), Logged(Configured({"lr": "0.00025"}, BEGAN + 9)),
        *epochs(HEALTHY[:upto]), step(upto + 1, 6200), system(),
    ]  # fmt: skip


def raise_alarm(number: int = 1) -> AlarmRaised:
    words = "val_cosine 0.445686 must be >= 0.45"
    advice = "Something is fundamentally wrong: check the data (preflight), the initialisation, the learning rate."
    return AlarmRaised(BEGAN + 1240, number, "bad init", words, advice, BEGAN + 1342)


def alarmed() -> list[RunEvent]:
    return [Planned(plan()), *preflight(), *guard(), *epochs([0.445686]), step(2, 300), system(), raise_alarm()]


def stopping() -> list[RunEvent]:
    return [
        *alarmed(),
        StopAsked(BEGAN + 1250, "operator ada", "wrong data"),
        StopEscalated(BEGAN + 1251, Rung.TERM_MAIN, BEGAN + 1300, (4242,)),
    ]


def aborted() -> list[RunEvent]:
    words = "stopped by gate bad init; nothing is left"
    return [*stopping(), RunEnded(BEGAN + 1260, Outcome.ABORTED_BY_GATE, words, 0)]


def completed() -> list[RunEvent]:
    ended = RunEnded(BEGAN + 24600, Outcome.COMPLETED, "all 20 epochs are done", 0)
    return [Planned(plan()), *preflight(), *guard(), *epochs(HEALTHY), system(), ended]


def blocked() -> list[RunEvent]:
    return [Planned(plan()), *preflight(failing="adjacency_coherence")]


def checking() -> list[RunEvent]:
    return [Planned(plan()), *preflight(upto=2)]


def diverged() -> list[RunEvent]:
    return [Planned(plan()), *preflight(), *guard(), *epochs([0.5227, 0.5581, math.nan, math.inf, 0.31]), step(6, 10)]


def make_run(events: Iterable[RunEvent]) -> Run:
    return fold(Run("/runs/amn-790k-attempt-3"), events)


def read_text(lines: Iterable[Line]) -> str:
    return "\n".join("".join(part.text for part in line) for line in lines)


def write_log(path: Path, events: Iterable[RunEvent]) -> None:
    """Write the log that these events would have come from."""
    logged = [event.event for event in events if isinstance(event, Logged)]
    lines = [format_event(event, getattr(event, "time", None) or BEGAN) for event in logged]
    path.write_text("".join(line + "\n" for line in lines), "utf-8")


def write_folder(path: Path, events: Iterable[RunEvent]) -> Path:
    """Write a run folder from which a session reads these events."""
    path.mkdir()
    for event in events:
        if isinstance(event, Planned):
            (path / "plan.toml").write_bytes(write_plan(event.plan))
        elif isinstance(event, GUARD_EVENTS):
            append_line(path / "guard.jsonl", event)
        elif isinstance(event, PREFLIGHT_EVENTS):
            append_line(path / "preflight.jsonl", event)
    write_log(path / "training.log", events)
    return path


def make_app(
    folder: RunFolder,
    events: Iterable[RunEvent] = (),
    *,
    now: float = 1282.0,
    read_only: bool = False,
    glyphs: Glyphs = UNICODE,
) -> tuple[MonitorApp, FakeSource]:
    """Return the app on a run, `now` seconds after it began, with a log of the same events beside it."""
    source = FakeSource(events)
    if not folder.log.exists():
        write_log(folder.log, source.first)
    app = MonitorApp(
        source, folder, folder.log, by="ada", read_only=read_only, clock=lambda: BEGAN + now, glyphs=glyphs
    )
    return app, source


async def settle(pilot: Pilot[None], condition: Callable[[], object] = lambda: True) -> None:
    """Wait until a condition holds and what follows is on the screen; by the clock: it may hang on a thread."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < deadline:
        await pilot.pause()
        if condition():
            await pilot.pause()
            return
    raise AssertionError(f"never came true: {condition}")


async def open_run(pilot: Pilot[None], app: MonitorApp) -> None:
    """Wait until the run and its log are on the screen."""
    await settle(pilot, lambda: app.shown == app.reading.feed.run and app.monitor.run is app.shown)
    if app.reading.log_file.path.exists():
        await settle(pilot, lambda: app.monitor.index is not None)


def read_screen(app: MonitorApp) -> str:
    """Return what is on the screen, as text."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def measure_contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2.1, 1 to 21."""

    def measure_luminance(colour: Color) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((measure_luminance(one), measure_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(autouse=True)
def _parse_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every app know the rules that an earlier one has read from the same style sheets: a tenth of its time."""
    read = Stylesheet._parse_rules

    def parse(sheet: Stylesheet, css: str, **where: Any) -> list[RuleSet]:
        known = (css, *where.values(), *sheet._variables.items())
        if known not in RULES:
            RULES[known] = read(sheet, css, **where)
        return RULES[known]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    path = tmp_path / "amn-790k-attempt-3"
    path.mkdir()
    return RunFolder(path)


@pytest.fixture
def ui() -> ModuleType:
    """Return this module: what it makes is for every test here."""
    return sys.modules[__name__]
