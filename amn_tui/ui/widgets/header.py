"""The first lines: which run, where it stands, how long it still takes, and who guards it."""

from dataclasses import dataclass

from amn_tui.run.decision_tree import Tree, find_decision, stand_on_tree
from amn_tui.run.model import Run
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.ui.eta import estimate_left_s, is_going, measure_elapsed_s
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, cut, join_ends, join_parts, measure
from amn_tui.ui.quantity import NOTHING, format_duration, format_share
from amn_tui.ui.tree import draw_tree
from amn_tui.ui.widgets.pane import TALL_ROWS, Pane

MOST_HOST = 24
QUIET_S = 30.0  # silence is mentioned from here on; whether it is too long is a gate's question
QUIET_GAPS = 3.0  # and not before so many times of what is usual
PHASE_TONES = {
    Phase.PREFLIGHT: Tone.HERE,
    Phase.BLOCKED: Tone.FAIL,
    Phase.STARTING: Tone.HERE,
    Phase.TRAINING: Tone.PASS,
    Phase.STOPPING: Tone.WARN,
    Phase.ENDED: Tone.STRONG,
}
OUTCOME_TONES = {
    Outcome.COMPLETED: Tone.PASS,
    Outcome.ABORTED_BY_GATE: Tone.FAIL,
    Outcome.ABORTED_BY_OPERATOR: Tone.WARN,
    Outcome.CRASHED: Tone.FAIL,
    Outcome.LOST: Tone.FAIL,
}


@dataclass(frozen=True, slots=True)
class HeaderDatum:
    """Everything in words already, so that the clock repaints only what it changes."""

    name: str
    phase: Phase
    outcome: Outcome | None
    epoch: str
    elapsed: str
    left: str
    quiet: str
    host: str
    guard: tuple[str, Tone]
    tree: Tree
    decides_in: str


def pick_header(run: Run, now: float) -> HeaderDatum:
    """Say in words where a run stands at `now` (Unix seconds)."""
    going = is_going(run)
    left = None if run.ended or run.phase is Phase.STOPPING else estimate_left_s(run, now)
    decides = estimate_left_s(run, now, find_decision(run)) if going else None
    return HeaderDatum(
        name=run.name,
        phase=run.phase,
        outcome=run.outcome,
        epoch=say_epoch(run),
        elapsed=format_duration(measure_elapsed_s(run, now)),
        left="" if left is None else format_duration(left),
        quiet=say_quiet(run, now),
        host=say_host(run),
        guard=say_guard(run),
        tree=stand_on_tree(run),
        decides_in="" if decides is None else format_duration(decides),
    )


def say_quiet(run: Run, now: float) -> str:
    """Say that what is shown is not up to date: the log is still being read, or is silent for longer than usually.

    Whether it is silent for too long is a gate's question.
    """
    if run.history is not None:
        return f"reading the log: {format_share(run.history)}"
    sign = run.guard.state if run.guard and run.guard.alive else None
    stamped = run.last_line_at if run.phase is Phase.TRAINING else None
    heard = [at for at in (stamped, sign.last_line_at if sign else None) if at is not None]
    silent_s = now - max(heard) if heard and is_going(run) else 0.0
    usual_s = sign.usual_gap_s if sign and sign.usual_gap_s else 0.0
    if silent_s < max(QUIET_S, QUIET_GAPS * usual_s):
        return ""
    return f"no line for {format_duration(silent_s)}" + (f" (usually {format_duration(usual_s)})" if usual_s else "")


def say_epoch(run: Run) -> str:
    """Return the epoch that is being made, or the last one that was: 6/20."""
    curve = run.curve
    made = curve.step.epoch if curve.step else curve.last.epoch if curve.last else 0
    return f"{made}/{curve.total_epochs}" if curve.total_epochs else ""


def say_host(run: Run) -> str:
    """Return the machine that the run is on, as far as anybody wrote it down."""
    if run.guard is not None and run.guard.state is not None:
        return run.guard.state.host
    return run.plan.prepared.host if run.plan and run.plan.prepared else ""


def say_guard(run: Run) -> tuple[str, Tone]:
    """Say who enforces the gates, and when nothing has been heard of him for too long."""
    if run.ended is not None:
        return "", Tone.DIM
    if run.unguarded:
        return "UNGUARDED: gates are off", Tone.FAIL
    if run.phase in (Phase.PREFLIGHT, Phase.BLOCKED):
        return "", Tone.DIM  # the guard starts after preflight
    if run.guard is None or run.guard.state is None:
        return ("no guard" if not run.guarded else "guard: unknown"), Tone.DIM
    if run.guard.silent:
        return "guard: no sign of life", Tone.FAIL
    if run.guard.alive is None:
        return "guard: unknown", Tone.WARN
    guarded = "guarded again" if run.adopted else "guarded"
    return (guarded, Tone.PASS) if run.guard.alive else ("no guard", Tone.DIM)


def draw_header(datum: HeaderDatum, width: int, glyphs: Glyphs, *, tall: bool) -> list[Line]:
    """Draw one line of facts, and the decision tree below in one line or two."""
    outcome = datum.outcome
    phase = Part(datum.phase, PHASE_TONES[datum.phase])
    words = (phase, Part(" "), Part(outcome.replace("_", " "), OUTCOME_TONES[outcome])) if outcome else (phase,)
    guard, tone = datum.guard
    guarded = (Part(f"{glyphs.guard} {guard}", tone),) if guard else ()
    host = _label("on", cut(datum.host, MOST_HOST, glyphs.ellipsis))
    right = join_parts([host, guarded], Part("   "))
    facts = {
        "epoch": _label("epoch", datum.epoch),
        "elapsed": _label("elapsed", datum.elapsed if datum.elapsed != NOTHING else ""),
        "left": _label("left", datum.left),
        "quiet": (Part(datum.quiet, Tone.WARN),) if datum.quiet else (),
    }
    title = Part(f" {cut(datum.name, max(8, width // 3), glyphs.ellipsis)} ", Tone.STRONG)
    left = join_parts([(title, Part(" "), *words), *facts.values()], Part("   "))
    if measure(left) + measure(right) + 1 > width:
        right = guarded
    for dropped in ("", "elapsed", "left", "quiet", "epoch"):  # the time left of a silent trainer is a guess
        if measure(left) + measure(right) + 1 <= width:
            break
        facts.pop(dropped, None)
        left = join_parts([(title, *words), *facts.values()], Part("  "))
    tree = [(Part(" "), *line) for line in draw_tree(datum.tree, width - 1, glyphs, datum.decides_in, tall=tall)]
    margin = 1 if measure(left) + measure(right) + 2 <= width else 0
    return [join_ends(left, right, width - margin), *tree]


def _label(name: str, value: str) -> Line:
    return (Part(f"{name} ", Tone.DIM), Part(value, Tone.STRONG)) if value else ()


class Header(Pane):
    """The run in one line, the decision tree below."""

    TICKS = True

    def pick(self, run: Run, now: float) -> HeaderDatum:
        """Return the header's words."""
        return pick_header(run, now)

    def draw(self, datum: HeaderDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it must be)
        """Draw them; the tree takes two lines where the screen is high enough."""
        return draw_header(datum, width, self.glyphs, tall=self.app.size.height >= TALL_ROWS)
