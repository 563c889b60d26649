"""The explanation of a gate: what must hold and why, how it stood epoch for epoch, and how past runs stood there."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from amn_tui.run.model import GateState, Run
from amn_tui.run.standing import Standing, read_standings
from amn_tui.ui.countdown import count_down
from amn_tui.ui.fact import LABEL_CELLS, tell, tell_parts, tell_verdict
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.keymap import find_own_keys, list_keys
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, cut, fit
from amn_tui.ui.quantity import format_against, format_bound, format_number
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.dialog import Sheet
from amn_tui.ui.trend import draw_spark
from amn_tui.ui.widgets.gate_list import IN_LOG, want_epoch
from checks.expression import resolve_bound
from checks.gate import Gate, Judgement, judge
from checks.verdict import Verdict

MOST_JUDGED = 60  # epochs whose verdicts are shown
RUN_CELLS = (12, 34)
READING = "reading the runs beside this one"
NO_RUNS = "no other run under the same root has come to an epoch"


def explain_gate(run: Run, state: GateState, *, now: float, width: int, glyphs: Glyphs) -> list[Line]:
    """Explain one gate of a run at `now` (Unix seconds)."""
    gate, judgement = state.gate, state.judgement
    word = "not yet" if judgement.verdict is None else str(judgement.verdict)
    head = f"{glyphs.of(judgement.verdict)} {word}"
    lines = tell_verdict(head, judgement.words, VERDICT_TONES[judgement.verdict], width)
    if state.waived:
        lines += tell("waived", state.waived, width)
    following = count_down(run, now)
    if following and following.epoch == gate.at and judgement.verdict is None:
        lines += tell("comes", following.words, width)
    if judgement.value is not None:
        lines += tell("measured", format_number(judgement.value, 6), width)
    lines += tell("metric", gate.metric, width)
    misses = f", {gate.patience} misses in a row" if gate.patience > 1 else ""
    lines += tell("judged", f"{gate.when}{misses}", width)
    lines += _list_bounds(run, gate, width)
    if judgement.margin is not None:
        side = "inside" if judgement.margin >= 0 else "outside"
        lines += tell("margin", f"{format_number(judgement.margin, 6)}: {side} the bound", width)
    planned = run.plan is not None and gate in run.plan.gates
    lines += tell("comes from", "the plan's [[gates]]" if planned else "built in: every plan has it", width)
    action = {"abort": "the run is stopped"}.get(gate.on_fail, f"{gate.on_fail}: the run goes on")
    lines += tell("if it fails", action, width)
    lines += _draw_history(run, gate, width, glyphs)
    if gate.advice:
        lines += [(), *tell("advice", gate.advice, width)]
    return lines


def _list_bounds(run: Run, gate: Gate, width: int) -> list[Line]:
    lines: list[Line] = []
    for name, bound in gate.bounds.items():
        value = resolve_bound(bound, run.baselines)
        known = "not measured yet" if value is None else format_bound(value)
        lines += tell(name, f"{bound} = {known}" if isinstance(bound, str) else format_bound(bound), width)
    return lines


def _draw_history(run: Run, gate: Gate, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw one verdict an epoch and the values below: each held alone against the bounds."""
    room = max(1, min(MOST_JUDGED, width - LABEL_CELLS))
    alone = [reading for reading in run.curve.epochs[-room:] if gate.metric in reading.values]
    if gate.at is not None or len(alone) < 2:
        return []
    judged = [judge(gate, (reading,), run.baselines) for reading in alone]
    marks = tuple(Part(glyphs.of(one.verdict), VERDICT_TONES[one.verdict]) for one in judged)
    spark = (Part(draw_spark([reading.values[gate.metric] for reading in alone], room, glyphs), Tone.VAL),)
    words = f"epoch {alone[0].epoch} to {alone[-1].epoch}, each by itself"
    return [(), *tell_parts("history", [marks, spark, (Part(cut(words, room, glyphs.ellipsis), Tone.DIM),)])]


def draw_standings(standings: Sequence[Standing] | None, gate: Gate, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw one row a past run; None while they are being read."""
    title: list[Line] = [(), (Part("past runs", Tone.DIM),)]
    if not standings:
        return [*title, (Part(f"{READING}{glyphs.ellipsis}" if standings is None else NO_RUNS, Tone.DIM),)]
    names = min(max(RUN_CELLS[0], max(len(one.name) for one in standings)), RUN_CELLS[1], max(8, width - 24))
    values = [_say_value(one.judgement) for one in standings]
    cells = max(map(len, values), default=0)
    return [
        *title,
        *(
            _draw_standing(one, value, (names, cells), width, glyphs)
            for one, value in zip(standings, values, strict=True)
        ),
        _count(standings, gate),
    ]


def _say_value(judgement: Judgement) -> str:
    if judgement.value is None:
        return "not reached"
    return format_against(judgement.value, (judgement.floor, judgement.ceiling))


def _draw_standing(one: Standing, value: str, cells: tuple[int, int], width: int, glyphs: Glyphs) -> Line:
    verdict = one.judgement.verdict
    word = "wait" if verdict is None else str(verdict)
    head = (
        Part(f"{glyphs.of(verdict)} {word:<6}", VERDICT_TONES[verdict]),
        Part(fit(one.name, cells[0], glyphs.ellipsis) + " "),
        Part(fit(value, cells[1], right=True), Tone.DIM if verdict is None else Tone.PLAIN),
    )
    room = width - 8 - cells[0] - 1 - cells[1] - 2
    ended = one.outcome.replace("_", " ").lower() if one.outcome else "goes on, or nobody saw its end"
    return (*head, Part("  " + cut(ended, room, glyphs.ellipsis), Tone.DIM)) if room >= 8 else head


def _count(standings: Sequence[Standing], gate: Gate) -> Line:
    judged = [one.judgement.verdict for one in standings if one.judgement.verdict is not None]
    held = sum(verdict in (Verdict.PASS, Verdict.WARN) for verdict in judged)
    return (Part(f"{held} of {len(judged)} that came to {gate.when} held it", Tone.DIM),)


class GateScreen(DetailScreen):
    """Shows a gate, and reads the past runs in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [IN_LOG]

    def __init__(self, run: Run, state: GateState, *, now: float, glyphs: Glyphs) -> None:
        """Explain `state` of `run`."""
        draw = partial(explain_gate, run, state, now=now, glyphs=glyphs)
        super().__init__(f"gate {state.gate.name}", lambda width: draw(width=width))
        self.state, self.gate = state, state.gate
        self.folder = Path(run.path)
        self.standings: tuple[Standing, ...] | None = None
        self.glyphs = glyphs
        self._closed = False
        self.past = Sheet(lambda width: draw_standings(self.standings, self.gate, width, self.glyphs))

    def compose_answer(self) -> Iterable[Widget]:
        """Yield the place of the past runs."""
        yield self.past

    def list_keys(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of every page, and that of a gate's."""
        close, *others = super().list_keys()
        return close, (list_keys(IN_LOG, find_own_keys(self.app))[0], IN_LOG.description), *others

    def action_show_in_log(self) -> None:
        """Go back, to the line of the epoch at which the gate was judged."""
        beneath = self.app.screen_stack[-2]
        self.dismiss(None)
        beneath.post_message(want_epoch(self.state))

    def on_mount(self) -> None:
        """Read what stood beside this run."""
        self.run_worker(self._read(), exit_on_error=False)

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._closed = True

    async def _read(self) -> None:
        def read() -> tuple[Standing, ...]:
            return tuple(read_standings(self.folder, self.gate, lambda: self._closed))

        self.standings = await asyncio.to_thread(read)
        self.past.refresh(layout=True)
