"""The app at its keys: what each does, what an alarm changes, and that leaving never touches anything."""

import json
import threading
from pathlib import Path
from types import ModuleType

import pytest
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmWaived, RunEnded
from amn_tui.run.outcome import Outcome
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.screens.confirm import ConfirmScreen
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.leave import LeaveScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.screens.waive import WaiveScreen
from amn_tui.ui.timeline import Timeline
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.header import Header
from amn_tui.ui.widgets.key_line import KeyLine
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.log_view import LogView
from amn_tui.ui.widgets.losses import Losses
from amn_tui.ui.widgets.throughput import Throughput

pytestmark = pytest.mark.slow  # each test runs the whole app


def read_asked(folder: RunFolder) -> list[dict[str, object]]:
    if not folder.control.exists():
        return []
    return [json.loads(line) for line in folder.control.read_text().splitlines()]


async def test_a_asks_once_and_y_stops(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Stop amn-790k-attempt-3?" in ui.read_screen(app)
        await pilot.press("n")
        assert isinstance(app.screen, MonitorScreen)
        assert read_asked(folder) == []
        await pilot.press("a", "y")
        await ui.settle(pilot, lambda: read_asked(folder))
    (asked,) = read_asked(folder)
    assert (asked["event"], asked["by"], asked["time"]) == ("abort_asked", "ada", ui.BEGAN + 7800)


@pytest.mark.parametrize(("key", "stops"), [("y", True), ("n", False), ("escape", False), ("q", False)])
async def test_every_answer_to_the_confirmation(ui: ModuleType, folder: RunFolder, key: str, stops: bool) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a", key)
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen) and (read_asked(folder) or not stops))
        assert bool(read_asked(folder)) is stops
        assert app.return_code is None


@pytest.mark.parametrize("typed", ["aaaa", "attach", "tail data"])
@pytest.mark.parametrize("first", [(), ("ctrl+c",)])
async def test_a_command_typed_into_the_wrong_window_stops_nothing(
    ui: ModuleType, folder: RunFolder, typed: str, first: tuple[str, ...]
) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(*first, *typed.replace(" ", ""), "enter")
        assert isinstance(app.screen, ConfirmScreen)  # it still asks
        await pilot.press("n")
        await app.workers.wait_for_complete()
        assert read_asked(folder) == []


async def test_a_stops_at_once_while_an_alarm_is_up(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        assert "ALARM" in ui.read_screen(app)
        await pilot.press("a")
        assert isinstance(app.screen, MonitorScreen)
        await ui.settle(pilot, lambda: read_asked(folder))
    assert [asked["event"] for asked in read_asked(folder)] == ["abort_asked"]


async def test_w_waives_this_alarm_with_a_reason(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("w")
        assert isinstance(app.screen, WaiveScreen)
        await pilot.press("enter")  # no reason, no waiver
        assert isinstance(app.screen, WaiveScreen)
        await pilot.press(*"a small q", "enter")
        await ui.settle(pilot, lambda: read_asked(folder))
        (asked,) = read_asked(folder)
        assert (asked["event"], asked["alarm"], asked["reason"]) == ("waive_asked", 1, "a small q")
        source.tell(AlarmWaived(ui.BEGAN + 1301, 1, "ada", "a small q"))
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.alarm is None)
        assert "ALARM" not in ui.read_screen(app)
        assert "WAIVE" in ui.read_screen(app)


async def test_a_waiver_given_up_or_too_late_asks_nothing(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("w", "escape")
        await pilot.press("w", *"why")
        source.tell(AlarmWaived(ui.BEGAN + 1301, 1, "bob", "first"))
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.alarm is None)
        await pilot.press("enter")
        await ui.settle(pilot, lambda: "Too late" in ui.read_screen(app))
    assert read_asked(folder) == []


async def test_without_an_alarm_w_does_nothing(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("w")
        assert isinstance(app.screen, MonitorScreen)
        assert "waive" not in ui.read_screen(app)


async def test_a_new_alarm_rings_once_and_takes_away_what_covers_it(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, source = ui.make_app(folder, ui.alarmed()[:-1])
    rung: list[int] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(1))
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        source.tell(ui.raise_alarm())
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))
        source.tell(ui.step(2, 400))
        await ui.settle(pilot, lambda: app.shown is app.reading.feed.run)
        assert rung == [1]
        source.tell(ui.raise_alarm(2))
        await ui.settle(pilot, lambda: len(rung) == 2)


async def test_a_while_stopping_says_so_and_after_the_end_is_not_offered(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.stopping())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a")
        await ui.settle(pilot, lambda: not isinstance(app.screen, MonitorScreen))
        assert "Being stopped already. Hurry?" in ui.read_screen(app)
        assert "Step 2 of 4: SIGTERM sent to the main process" in ui.read_screen(app)
        assert "the next step comes in" in ui.read_screen(app)
        await pilot.press("a")  # once too often: nothing is asked
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))
        assert "a abort" in ui.read_screen(app)
        source.tell(RunEnded(ui.BEGAN + 1260, Outcome.ABORTED_BY_OPERATOR, "stopped", 0))
        await ui.settle(pilot, lambda: "a abort" not in ui.read_screen(app))
        await pilot.press("a")
        assert isinstance(app.screen, MonitorScreen)
    assert read_asked(folder) == []


async def test_a_stop_can_be_hurried_after_a_question(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.stopping())
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a")
        await ui.settle(pilot, lambda: not isinstance(app.screen, MonitorScreen))
        await pilot.press("y")
        await ui.settle(pilot, lambda: read_asked(folder))
    (asked,) = read_asked(folder)
    assert (asked["event"], asked["rung"]) == ("hurry_asked", "term_main")


async def test_a_run_that_ends_under_the_question_is_not_asked_to_stop(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.healthy())
    async with app.run_test(notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a")
        source.tell(ui.completed()[-1])
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.ended is not None)
        await pilot.press("y")
        await ui.settle(pilot, lambda: "has ended already" in ui.read_screen(app))
    assert read_asked(folder) == []


async def test_read_only_hides_what_it_cannot_do(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), read_only=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        assert "a abort" not in screen
        assert "w waive" not in screen
        assert "only looking" in screen
        await pilot.press("a", "w")
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("ctrl+c")
        assert "abort" not in ui.read_screen(app).splitlines()[14:20]
        await pilot.press("a")
        assert isinstance(app.screen, LeaveScreen)
    assert read_asked(folder) == []


async def test_what_cannot_be_written_is_said_in_words(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    folder.control.symlink_to("/nowhere/[bold]x[/bold]")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("a")
        await ui.settle(pilot, lambda: "symbolic" in ui.read_screen(app))


async def test_an_unguarded_run_says_who_will_hear(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, [*ui.healthy(), *ui.guard(alive=False)[2:]])
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        assert "UNGUARDED: gates are off" in ui.read_screen(app)
        await pilot.press("a", "y")
        await ui.settle(pilot, lambda: read_asked(folder))  # our trainer hears it; tests/faults arm another guard


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leaving_asks_nothing_and_stops_reading(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app, source = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
    assert app.return_code == 0
    assert source.stopped == 1
    assert read_asked(folder) == []
    assert not [thread for thread in threading.enumerate() if thread.name == "amn-tui-log"]


@pytest.mark.parametrize(
    ("keys", "leaves", "asks"),
    [(("d",), True, False), (("ctrl+c",), True, False), (("a", "y"), False, True), (("a", "n"), False, False),
     (("escape",), False, False),
     (("c",), False, False)],
)  # fmt: skip
async def test_ctrl_c_asks(ui: ModuleType, folder: RunFolder, keys: tuple[str, ...], leaves: bool, asks: bool) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("ctrl+c")
        assert isinstance(app.screen, LeaveScreen)
        await pilot.press(*keys)
        if not leaves:
            await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen) and (read_asked(folder) or not asks))
    assert (app.return_code == 0) is leaves
    assert bool(read_asked(folder)) is asks


async def test_enter_explains_the_gate_and_the_check_under_the_cursor(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 60)) as pilot:
        await ui.open_run(pilot, app)
        assert isinstance(app.focused, LogView)
        await pilot.press("tab")
        assert isinstance(app.focused, Checklist)
        await pilot.press("j", "down", "k", "enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        text = ui.read_screen(app)
        assert "Eval normalization" in text
        assert "rows shuffled inside every article: FAIL, it refused" in text
        assert "train.low_share" in text
        await pilot.press("j", "k", "escape", "tab")
        assert isinstance(app.focused, GateList)
        await pilot.press("end", "up", "enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        text = ui.read_screen(app)
        assert "gate beats trivial" in text
        assert "baseline.mean_of_context = 0.6002" in text
        assert "warn: the run goes on" in text
        await pilot.press("enter")
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("shift+tab", "shift+tab")
        assert isinstance(app.focused, LogView)


async def test_on_a_small_screen_the_summary_explains_all_checks(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        assert "5 of 5 checks, controls held" in ui.read_screen(app)
        await pilot.press("tab", "enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert "same encoder" in ui.read_screen(app)


async def test_a_click_is_as_good_as_enter(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        gates = app.screen.query_one(GateList)
        await pilot.click(gates, offset=(5, 4))
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert gates.cursor == 3
        assert "gate epoch 6" in ui.read_screen(app)
        await pilot.press("escape")
        await pilot.click(KeyLine, offset=(2, 0))
        assert isinstance(app.screen, ConfirmScreen)


async def test_help_lists_the_bindings_themselves(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(100, 80)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("question_mark")
        text = ui.read_screen(app)
        for words in ("let the run go on past the alarm", "leave; training goes on", "page down, space", "explain"):
            assert words in text
        await pilot.press("question_mark")
        assert isinstance(app.screen, MonitorScreen)


async def test_zoom_gives_one_pane_the_screen_and_back(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        before = app.screen.query_one(LogPane).size.height
        await pilot.press("z")
        await ui.settle(pilot, lambda: app.screen.query_one(LogPane).size.height > 2 * before)
        await pilot.press("z")
        await ui.settle(pilot, lambda: app.screen.query_one(LogPane).size.height == before)


async def test_light_and_dark(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        assert app.current_theme.dark
        await pilot.press("t")
        assert not app.current_theme.dark
        await pilot.press("t")
        assert app.current_theme.dark


async def test_nothing_is_drawn_when_nothing_changes(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, source = ui.make_app(folder, ui.completed(), now=30_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        drawn: list[str] = []
        for kind in (Header, Banner, Losses, Throughput):
            monkeypatch.setattr(kind, "render", lambda self: drawn.append(type(self).__name__) or "")
        app.tick()
        source.tell()
        source.tell(ui.system())  # the same sample again
        await ui.settle(pilot, lambda: app.shown == app.reading.feed.run)
        assert drawn == []


async def test_the_clock_repaints_only_what_it_changes(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = ui.make_app(folder, ui.alarmed(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert "stops in 0:42" in ui.read_screen(app)
        drawn: list[str] = []
        render = Throughput.render
        monkeypatch.setattr(Throughput, "render", lambda self: drawn.append("progress") or render(self))
        app.timeline = Timeline(lambda: ui.BEGAN + 1301, lambda: 0.0)
        app.tick()
        await ui.settle(pilot, lambda: "stops in 0:41" in ui.read_screen(app))
        assert drawn == []


async def test_a_bare_log_has_no_requests(ui: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    ui.write_log(log, ui.epochs([0.5, 0.51]))
    source = ui.FakeSource(ui.epochs([0.5, 0.51]))
    app = MonitorApp(source, None, log, by="ada", clock=lambda: ui.BEGAN)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        assert "train.log" in screen
        assert "a abort" not in screen
        assert "no plan, so no gates: a run that" in screen
        assert "no preflight was recorded: amn-tui" in screen


async def test_the_screen_stays_after_the_end(ui: ModuleType, folder: RunFolder) -> None:
    app, source = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        source.tell(*ui.aborted()[-3:])
        await ui.settle(pilot, lambda: "ABORTED BY GATE" in ui.read_screen(app))
        assert "data issue (fix, launch again)" in ui.read_screen(app)
        assert app.return_code is None


async def test_a_fault_ends_the_app_without_printing_locals(
    ui: ModuleType, folder: RunFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = ui.make_app(folder, ui.healthy())

    def fail(self: Header, run: object, now: float) -> None:
        secret = "canary-7f3a"  # noqa: S105
        raise ValueError(f"a fault of {len(secret)}")

    monkeypatch.setattr(Header, "pick", fail)
    with pytest.raises(ValueError, match="a fault of 11"):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert isinstance(app.failure, ValueError)
    printed = capsys.readouterr()
    assert "canary-7f3a" not in printed.out + printed.err


async def test_typing_a_reason_is_typing(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    async with app.run_test() as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("w", "a", "q", "question_mark", "z", "f")
        assert isinstance(app.screen, WaiveScreen)
        assert app.screen.query_one(Input).value == "aq?zf"


async def test_nothing_is_said_of_a_run_that_is_not_read_yet(ui: ModuleType, folder: RunFolder) -> None:
    """Neither that there is no plan nor that there is no guard: that is known only with the first batch."""
    app, source = ui.make_app(folder, [])
    source.start = lambda deliver: setattr(source, "deliver", deliver)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.settle(pilot, lambda: "gates" in ui.read_screen(app))
        assert not any(words in ui.read_screen(app) for words in ("no plan", "no guard", "no preflight", "STARTING"))
        source.tell()
        await ui.settle(pilot, lambda: "no plan" in ui.read_screen(app))
        assert "STARTING" in ui.read_screen(app)
