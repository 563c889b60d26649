"""Numbers that are none: the gate fails, the chart says where, the files stay JSON, and the screen stays."""

import json
import math
from collections.abc import Callable

import pytest

from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GateJudged
from amn_tui.run.model import Run
from amn_tui.run.source import LogSource
from amn_tui.run.supervision import Facts, Supervision, decide, hear_log
from amn_tui.ui.chart.gather import pick_cosine
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.line import Tone
from amn_tui.ui.widgets.cosine import draw_cosine
from checks.gate import Action, Gate, Reading, judge
from checks.jsonl import append_line, decode_line
from checks.verdict import Verdict
from tests.ui import conftest as ui
from trainer.events import parse_line

Happened = Callable[[str], None]
EPOCH = "2026-11-23T02:{:02}:00Z Epoch {}/20 done val_cosine={} val_loss={}\n"
FLOOR = Gate(name="floor", metric="val_cosine", start=1, floor=0.45, on_fail=Action.ABORT)


@pytest.mark.slow
@pytest.mark.fault(39)
@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "1e308", "-1e308", "1e999", "None"])
@pytest.mark.parametrize("metric", ["val_cosine", "unheard_of"])
async def test_any_number_on_the_screen(folder: RunFolder, happened: Happened, word: str, metric: str) -> None:
    lines = [EPOCH.format(20, 1, "0.52", "0.1"), EPOCH.format(30, 2, word, word), EPOCH.format(40, 3, "0.53", "0.1")]
    folder.log.write_text("".join(lines).replace("val_cosine", metric).replace("val_loss", "loss"))
    source = LogSource(folder.log)
    app, _ = ui.make_app(folder, [*ui.healthy(upto=0)[:-2], *source.read()])
    source.close()
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        assert app.shown is not None
        verdicts = {state.gate.name: state.judgement.verdict for state in app.shown.gates}
        marked = "×" in screen
        await pilot.press("q")
    nonfinite = not math.isfinite(float(word.replace("None", "0")))
    assert (verdicts["finite"] is Verdict.FAIL) == nonfinite
    assert marked or not nonfinite or metric != "val_cosine"
    assert app.failure is None
    happened(
        "nan, ±inf, ±1e308, 1e999, None, in two metrics: `finite` fails on what is not finite, × marks it, no crash"
    )


def list_drawn_columns(folder: RunFolder, middle: str) -> list[int]:
    """Return the columns of the chart, 3 epochs wide, that have dots of val_cosine; the second epoch says `middle`."""
    values = ("0.1", middle, "0.6")
    folder.log.write_text("".join(EPOCH.format(n, n, v, "0.1") for n, v in enumerate(values, 1)).replace("/20", "/3"))
    source = LogSource(folder.log)
    run = fold(Run("/x"), source.read())
    source.close()
    found: set[int] = set()
    for line in draw_cosine(pick_cosine(run, 0.0), 100, 20, UNICODE)[1:]:  # below the legend
        tones = [part.tone for part in line for _ in part.text]
        text = "".join(part.text for part in line)
        found |= {at for at, tone in enumerate(tones) if tone is Tone.VAL and text[at].strip()}
    return sorted(found)


@pytest.mark.fault(39)
@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
def test_no_line_leads_over_what_is_no_number(folder: RunFolder, happened: Happened, word: str) -> None:
    whole, broken = list_drawn_columns(folder, "0.3"), list_drawn_columns(folder, word)
    assert whole == list(range(whole[0], whole[-1] + 1))
    assert broken == [whole[0], whole[-1]]
    happened(f"the chart: {len(whole)} columns of a line over a number, {len(broken)} dots at the sides of nan or inf")


@pytest.mark.fault(39)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_gate_fails_on_what_is_not_finite(folder: RunFolder, happened: Happened, value: float) -> None:
    judgement = judge(FLOOR, [Reading(1, {"val_cosine": value})], {})
    assert judgement.verdict is Verdict.FAIL
    assert "is not finite" in judgement.words
    state = hear_log(Supervision(ui.plan(), {}), [ui.epoch(1, value).event], 0.0)
    _, events = decide(state, Facts(1.0, 1.0))
    judged = next(e for e in events if isinstance(e, GateJudged) and e.gate == "finite")
    append_line(folder.guard_log, judged)
    append_line(folder.guard_log, GateJudged(1.0, "g", Verdict.FAIL, "w", "", value=value))
    raw = folder.guard_log.read_bytes()
    for line in raw.splitlines():
        json.loads(line, parse_constant=pytest.fail)  # no NaN, no Infinity: any reader can read it
    again = decode_line(raw.splitlines()[1], (GateJudged,))
    assert again is not None
    assert repr(again.value) == repr(value)
    happened('nan, inf, -inf: FAIL "is not finite"; written as JSON strings, read back as they were')


@pytest.mark.fault(39)
def test_a_metric_that_is_none_never_came(happened: Happened) -> None:
    event = parse_line(EPOCH.format(20, 1, "None", "0.1").rstrip())
    run = fold(Run("/x"), [])
    assert getattr(event, "values", {}) == {"val_loss": 0.1}
    assert judge(FLOOR, [Reading(1, {"val_loss": 0.1})], {}).verdict is None
    assert judge(FLOOR, [Reading(1, {"val_loss": 0.1})], {}, ended=True).verdict is Verdict.ERROR
    assert run.curve.last is None
    happened("val_cosine=None: not yet, and ERROR at the end; never PASS")
