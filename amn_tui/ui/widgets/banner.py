"""The banner: an alarm with its countdown, a stop with its rung, or how the run ended and what to do next."""

from dataclasses import dataclass

from textual import events

from amn_tui.run.guard_events import AlarmRaised, RunEnded, Rung, StopEscalated
from amn_tui.run.model import Run
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.run.text import sanitize
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.keymap import NO_KEYS, Keys, name_key, say_key
from amn_tui.ui.line import Line, Part, Tone, cut, join_ends, measure, wrap
from amn_tui.ui.quantity import format_duration
from amn_tui.ui.widgets.pane import Pane
from checks.verdict import Verdict

WORDS_ROWS = 3
RUNG_WORDS = {
    Rung.REQUEST: "asked in control.jsonl; the trainer saves `last` and ends",
    Rung.TERM_MAIN: "SIGTERM sent to the main process",
    Rung.TERM_GROUP: "SIGTERM sent to every process of the run",
    Rung.KILL_ALL: "SIGKILL to everything that belongs to the run, until nothing is left",
}
PLAN_CHANGED = "plan.toml is not what this run began with"
PLAN_STANDS = (
    "The guard goes on with the plan that it began with; gates and bands are drawn here as they are written now."
)
NEXT_STEPS = {
    Outcome.COMPLETED: "",
    Outcome.ABORTED_BY_GATE: (
        "{why} diagnoses: data issue (fix, launch again), model issue (check the architecture), "
        "or too diverse (context = 7)."
    ),
    Outcome.ABORTED_BY_OPERATOR: "Go on from the last checkpoint with: amn-tui launch --resume {path}",
    Outcome.CRASHED: (
        "The log's end says why; {why} diagnoses. Go on from the last checkpoint: amn-tui launch --resume {path}"
    ),
    Outcome.LOST: "Nobody saw how it ended. Go on from the last checkpoint with: amn-tui launch --resume {path}",
}


@dataclass(frozen=True, slots=True)
class BannerDatum:
    """What the banner says: a word and its tone, a headline, what stands at its right, and lines below."""

    kind: str  # unguarded, alarm, stop, ended, blocked, problem
    word: str
    headline: str
    right: str
    below: tuple[str, ...]


def pick_banner(run: Run, now: float, *, can_answer: bool, keys: Keys = NO_KEYS) -> BannerDatum | None:
    """Return the most pressing thing to say, None when there is nothing; `keys` are a person's own."""
    if run.unguarded:
        return _say_unguarded(run, keys, can_answer=can_answer)
    if run.alarm is not None:
        return _say_alarm(run.alarm, now, keys, can_answer=can_answer)
    if run.ended is not None:
        return _say_end(run, run.ended, keys)
    if run.phase is Phase.STOPPING:
        return _say_stop(run, now)
    if run.phase is Phase.BLOCKED:
        return _say_blocked(run, keys)
    if run.guard is not None and run.guard.alive and run.guard.state is not None and run.guard.state.paused:
        pid = run.guard.state.trainer.pid if run.guard.state.trainer else ""
        return BannerDatum(
            "problem", "PAUSED", "the trainer was stopped by a signal", f"kill -CONT {pid} continues it", ()
        )
    if run.plan_changed:
        return BannerDatum("problem", "PLAN CHANGED", PLAN_CHANGED, "", (PLAN_STANDS,))
    if run.problems:
        where, words = next(iter(run.problems.items()))
        more = f"+{len(run.problems) - 1} more" if len(run.problems) > 1 else ""
        return BannerDatum("problem", "PROBLEM", f"{where}: {words}", more, ())
    return None


def _say_unguarded(run: Run, own: Keys, *, can_answer: bool) -> BannerDatum:
    """Say that gates are off; an alarm or a stop that was under way is carried on by nobody, and has no countdown."""
    going = run.guard is not None and run.guard.orphaned
    headline = "gates are off: the guard is gone, " + ("training goes on" if going else "and so is the trainer")
    waiting = f"alarm: {run.alarm.gate}: {run.alarm.words}" if run.alarm else ""
    if run.phase is Phase.STOPPING:
        waiting = f"the stop by {run.stop.by if run.stop else 'somebody'} is not carried on"
    keys = (
        f"{say_key(own, 'guard', 'r')} arm a guard again  ·  or: amn-tui attach {run.path}"
        if can_answer
        else f"amn-tui attach {run.path}"
    )
    return BannerDatum("unguarded", "UNGUARDED", headline, "", (waiting, keys if going else ""))


def _say_alarm(alarm: AlarmRaised, now: float, own: Keys, *, can_answer: bool) -> BannerDatum:
    left = alarm.deadline - now
    right = f"stops in {format_duration(left)}" if left > 0 else "stopping"
    keys = (
        f"{say_key(own, 'abort', 'a')} stop now  ·  {say_key(own, 'waive', 'w')} waive, with a reason  ·  "
        f"{say_key(own, 'diagnose', 'd')} diagnose"
        if can_answer
        else "only looking: somebody else must answer"
    )
    return BannerDatum("alarm", "ALARM", f"{alarm.gate}: {alarm.words}", right, (alarm.advice, keys))


def _say_stop(run: Run, now: float) -> BannerDatum:
    by = run.stop.by if run.stop else "somebody"
    reason = f": {run.stop.reason}" if run.stop and run.stop.reason else ""
    rung: StopEscalated | None = run.rung
    if rung is None:
        return BannerDatum("stop", "STOPPING", f"by {by}{reason}", "", ())
    left = rung.next_at - now if rung.next_at is not None else None
    right = "" if left is None else f"next step in {format_duration(left)}"
    number = list(Rung).index(rung.rung) + 1
    return BannerDatum(
        "stop", "STOPPING", f"by {by}{reason}", right, (f"step {number} of {len(Rung)}: {RUNG_WORDS[rung.rung]}",)
    )


def _say_end(run: Run, ended: RunEnded, own: Keys) -> BannerDatum:
    how = f"trainer's exit code {ended.exit_code}" if ended.exit_code is not None else ended.signal or ""
    if how.removeprefix("trainer's ") in ended.words:
        how = ""  # it is said already
    left = f"{len(ended.survivors)} processes could not be stopped: {', '.join(map(str, ended.survivors))}"
    advice = ""
    if ended.outcome is Outcome.ABORTED_BY_GATE:
        failed = [state for state in run.gates if state.judgement.verdict is Verdict.FAIL and not state.waived]
        advice = failed[0].gate.advice if failed else ""
    steps = NEXT_STEPS[ended.outcome].format(path=run.path, why=say_key(own, "diagnose", "d"))
    saved = f"Checkpoints are in {run.path}/checkpoints" if run.curve.saved else ""
    below = tuple(words for words in (left if ended.survivors else "", advice, steps, saved) if words)
    kind = "ended" if ended.outcome is Outcome.COMPLETED else "failed"
    return BannerDatum(kind, ended.outcome.replace("_", " "), ended.words, how, below)


def _say_blocked(run: Run, own: Keys) -> BannerDatum:
    bad = [
        state.title
        for state in run.checks
        if state.ended and state.ended.verdict in (Verdict.FAIL, Verdict.ERROR) and not state.ended.overridden
    ]
    headline = f"preflight did not pass: {', '.join(bad)}" if bad else "preflight did not pass"
    explain, why = say_key(own, "explain", "Enter"), say_key(own, "diagnose", "d")
    step = f"Nothing was started. Fix the data, launch again. {explain} explains, {why} diagnoses."
    return BannerDatum("blocked", "BLOCKED", headline, "", (step,))


TONES = {
    "unguarded": Tone.FAIL, "alarm": Tone.FAIL, "failed": Tone.FAIL, "blocked": Tone.FAIL, "stop": Tone.WARN,
    "problem": Tone.WARN, "ended": Tone.PASS,
}  # fmt: skip


def draw_banner(datum: BannerDatum, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw the headline with what stands at its right, and the lines below, wrapped."""
    drawn = _draw_headline(datum, width, glyphs)
    for words in datum.below:
        if words:
            drawn += [(Part(line),) for line in wrap(words.replace("·", glyphs.dot), width)[:WORDS_ROWS]]
    return drawn


def _draw_headline(datum: BannerDatum, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw it in as many lines as it takes; what is no alarm's countdown stands behind all of them where it must."""
    right = (Part(datum.right, Tone.STRONG),) if datum.right else ()
    beside = measure(right) + 2 if right else 0
    room = width - len(datum.word) - 2
    ends = datum.kind in ("failed", "stop") and len(datum.headline) > room - beside
    first = wrap(datum.headline, max(8, room if ends else room - beside))[0]
    rest = sanitize(datum.headline)[len(first) :].strip()
    lines: list[Line] = [(Part(datum.word, TONES[datum.kind]), Part("  "), Part(first, Tone.STRONG))]
    lines += [
        (Part(cut(line, width, glyphs.ellipsis), Tone.STRONG),)
        for line in (wrap(rest, width) if rest else [])[: WORDS_ROWS - 1]
    ]
    if ends and measure(lines[-1]) + beside > width:
        return [*lines, right]
    at = -1 if ends else 0
    lines[at] = join_ends(lines[at], right, width)
    return lines


CLICKED = (
    ("abort", "a", "stop now"), ("waive", "w", "waive, with a reason"), ("diagnose", "d", "diagnose"),
    ("guard", "r", "arm a guard again"),
)  # fmt: skip


class Banner(Pane):
    """Shown only while there is something to say; its class says how pressing it is."""

    TICKS = True

    def __init__(self, *, can_answer: bool) -> None:
        """Say how to answer an alarm only to who can."""
        super().__init__()
        self.can_answer = can_answer

    def pick(self, run: Run, now: float) -> BannerDatum | None:
        """Return what to say."""
        return pick_banner(run, now, can_answer=self.can_answer, keys=self.keys)

    def on_click(self, event: events.Click) -> None:
        """Press the key whose words are under the mouse."""
        row = event.y - self.gutter.top
        if not self.can_answer or not 0 <= row < len(self.drawn):
            return
        text = "".join(part.text for part in self.drawn[row])
        for action, default, words in CLICKED:
            key = say_key(self.keys, action, default)
            at = text.find(f"{key} {words}")
            if 0 <= at <= event.x - self.gutter.left < at + len(f"{key} {words}"):
                self.app.simulate_key(name_key(self.keys.get(action, (default,))[0]))

    def watch_datum(self) -> None:
        """Show or hide."""
        kind = self.datum.kind if self.datum else ""
        for name in TONES:
            self.set_class(name == kind, f"-{name}")
        super().watch_datum()

    def draw(self, datum: BannerDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it must be)
        """Draw it."""
        return draw_banner(datum, width, self.glyphs)
