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
        marked = any("×" in line for line in screen.splitlines()[4:20])
        await pilot.press("q")
    nonfinite = not math.isfinite(float(word.replace("None", "0")))
    assert (verdicts["finite"] is Verdict.FAIL) == nonfinite
    assert marked or not nonfinite or metric != "val_cosine"
    assert app.failure is None
    happened(
        "nan, ±inf, ±1e308, 1e999, None, in two metrics: `finite` fails on what is not finite, × marks it, no crash"
    )


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
