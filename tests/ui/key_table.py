"""Every binding of the monitor: how one comes to where it is at work, and what is seen once it was pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amn_tui.run.column import Axis
from amn_tui.ui.messages import Asked
from amn_tui.ui.widgets.checklist import Checklist
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane

Step = str | Callable[[Any], None]
Seen = Callable[[Any], object]


@dataclass(frozen=True)
class Way:
    """`steps` lead from the monitor to where the key is at work; `seen` is false there, true once it was pressed."""

    seen: Seen
    steps: tuple[Step, ...] = ()
    story: str = "healthy"


def is_on(name: str) -> Seen:
    """Return what tells whether a screen of this class is on top."""
    return lambda app: type(app.screen).__name__ == name


def focus(kind: type) -> Callable[[Any], None]:
    """Return what gives the pane of this class the focus."""
    return lambda app: app.screen.set_focus(app.screen.query_one(kind))


def log(app: Any) -> LogPane:
    """Return the log."""
    pane: LogPane = app.monitor.query_one(LogPane)
    return pane


def place_cursor(row: int) -> Callable[[Any], None]:
    """Return what puts the cursor of the gates there."""
    return lambda app: setattr(app.screen.query_one(GateList), "cursor", row)


def place_row(row: int) -> Callable[[Any], None]:
    """Return what puts the cursor of a list to pick from there."""
    return lambda app: setattr(app.screen.list, "cursor", row)


def gates(app: Any) -> GateList:
    """Return the gates."""
    found: GateList = app.monitor.query_one(GateList)
    return found


def view(app: Any) -> Any:
    """Return how the chart is looked at."""
    return app.monitor.chart.view


def measure_width(app: Any) -> float:
    """Return how much of the axis is in sight."""
    left, right = view(app).window or app.screen.pane.composed.figure.window
    return float(right - left)


def keep_width(app: Any) -> None:
    """Remember what is in sight."""
    app.width, app.left = measure_width(app), view(app).window[0]


def box(app: Any) -> int:
    """Return how far a page is scrolled."""
    return int(app.screen.query_one("#dialog").scroll_offset.y)


def is_asked(event: str) -> Seen:
    """Return what tells whether this was asked of the run."""
    return lambda app: app.requests.folder.control.exists() and event in app.requests.folder.control.read_text()


def lay_over(app: Any) -> None:
    """Lay eight runs over the chart, whether there are such or not."""
    app.monitor.chart.compare([app.requests.folder.path.parent / str(number) for number in range(8)])


HOME, CHART = is_on("MonitorScreen"), is_on("ChartScreen")
SEARCHED: tuple[Step, ...] = ("home", "slash", *"done", "enter")
GATES: tuple[Step, ...] = (focus(GateList),)
ZOOMED: tuple[Step, ...] = ("c", "home", "right", "right", "plus", "plus")
PICKING: tuple[Step, ...] = ("c", "m")
PAGE: tuple[Step, ...] = ("question_mark",)
FAR = 1_000_000_000

TABLE: dict[tuple[str, str], Way] = {
    ("MonitorApp", "abort"): Way(is_on("ConfirmScreen")),
    ("MonitorApp", "waive"): Way(is_on("WaiveScreen"), story="alarmed"),
    ("MonitorApp", "rearm"): Way(lambda app: "armed" in app.done, story="unguarded"),
    ("MonitorApp", "leave"): Way(lambda app: app.return_code == 0),
    ("MonitorApp", "screen.help"): Way(is_on("HelpScreen")),
    ("MonitorApp", "screen.chart"): Way(CHART),
    ("MonitorApp", "screen.diagnose"): Way(is_on("DiagnosisScreen")),
    ("MonitorApp", "screen.follow"): Way(lambda app: not log(app).view.follow),
    ("MonitorApp", "app.focus_next"): Way(lambda app: isinstance(app.focused, Checklist)),
    ("MonitorApp", "screen.zoom"): Way(lambda app: app.screen.maximized is not None),
    ("MonitorApp", "save_picture"): Way(lambda app: list(app.requests.folder.path.parent.glob("**/*.svg"))),
    ("MonitorApp", "ask_leave"): Way(is_on("LeaveScreen")),
    ("MonitorApp", "suspend_process"): Way(lambda app: "suspended" in app.done),
    ("MonitorApp", "palette"): Way(is_on("CommandPalette")),
    ("MonitorApp", "change_theme"): Way(lambda app: not app.current_theme.dark),
    ("RowList", "move(1)"): Way(lambda app: gates(app).cursor == 1, GATES),
    ("RowList", "move(-1)"): Way(lambda app: gates(app).cursor == 1, (*GATES, place_cursor(2))),
    ("RowList", "move(-1000000)"): Way(lambda app: gates(app).cursor == 0, (*GATES, place_cursor(2))),
    ("RowList", "move(1000000)"): Way(lambda app: gates(app).cursor == len(gates(app).names) - 1, GATES),
    ("RowList", "choose"): Way(is_on("GateScreen"), GATES),
    ("GateList", "show_in_log"): Way(lambda app: log(app).view.mark is not None, GATES),
    ("GateScreen", "show_in_log"): Way(lambda app: HOME(app) and log(app).view.mark is not None, (*GATES, "enter")),
    ("LogPane", "ask('/')"): Way(lambda app: log(app).prompt and log(app).prompt.asked is Asked.SEARCH),
    ("LogPane", "ask('&')"): Way(lambda app: log(app).prompt and log(app).prompt.asked is Asked.FILTER),
    ("LogPane", "ask('epoch')"): Way(lambda app: log(app).prompt and log(app).prompt.asked is Asked.EPOCH),
    ("LogPane", "find(1)"): Way(lambda app: log(app).place == find_epoch_line(app, 2), SEARCHED),
    ("LogPane", "find(-1)"): Way(lambda app: log(app).place == find_epoch_line(app, 6), SEARCHED),
    ("LogPane", "level"): Way(lambda app: log(app).finding.wanted.level is not None),
    ("LogPane", "epoch(1)"): Way(lambda app: log(app).place == find_epoch_line(app, 2), SEARCHED),
    ("LogPane", "epoch(-1)"): Way(lambda app: log(app).place == find_epoch_line(app, 5), (*SEARCHED, "N")),
    ("LogPane", "wrap"): Way(lambda app: log(app).view.wraps),
    ("LogPane", "fold"): Way(lambda app: not log(app).finding.wanted.folds),
    ("LogPane", "copy"): Way(lambda app: "Epoch 6/20" in app.clipboard),
    ("LogPane", "page"): Way(lambda app: "no pager" in "".join(part.text for part in log(app).note)),
    ("LogPane", "clear"): Way(lambda app: log(app).finding.wanted.search is None, SEARCHED),
    ("LogWindow", "scroll_down"): Way(lambda app: log(app).view.scroll_offset.y == 1, ("home",)),
    ("LogWindow", "scroll_up"): Way(lambda app: log(app).view.scroll_offset.y == 1, ("home", "down", "down")),
    ("LogWindow", "shift(-8)"): Way(lambda app: log(app).view.scroll_offset.x == 8, ("right", "right")),
    ("LogWindow", "shift(8)"): Way(lambda app: log(app).view.scroll_offset.x == 8),
    ("LogWindow", "page_down"): Way(lambda app: log(app).view.scroll_offset.y > 1, ("home",)),
    ("LogWindow", "page_up"): Way(lambda app: not log(app).view.follow),
    ("LogWindow", "first"): Way(lambda app: log(app).view.scroll_offset.y == 0 and not log(app).view.follow),
    ("LogWindow", "last"): Way(lambda app: log(app).view.follow, ("home",)),
    ("LogPrompt", "give_up"): Way(lambda app: log(app).prompt is None, ("slash", "x")),
    ("LogPrompt", "change_kind"): Way(lambda app: log(app).prompt.is_regexp, ("slash", "x")),
    ("LogPrompt", "recall(-1)"): Way(lambda app: app.focused.value == "done", (*SEARCHED, "slash")),
    ("LogPrompt", "recall(1)"): Way(lambda app: app.focused.value == "", (*SEARCHED, "slash", "up")),
    ("Cosine", "open"): Way(CHART, (focus(Cosine),)),
    ("ChartScreen", "close"): Way(HOME, ("c",)),
    ("ChartScreen", "move(-1)"): Way(lambda app: view(app).cursor == 5, ("c",)),
    ("ChartScreen", "move(1)"): Way(lambda app: view(app).cursor == 6, ("c", "left")),
    ("ChartScreen", f"move(-{FAR})"): Way(lambda app: view(app).cursor == 1, ("c",)),
    ("ChartScreen", f"move({FAR})"): Way(lambda app: view(app).cursor == 6, ("c", "home")),
    ("ChartScreen", "jump"): Way(is_on("JumpScreen"), ("c",)),
    ("ChartScreen", "nearer(1)"): Way(lambda app: view(app).window, ("c",)),
    ("ChartScreen", "nearer(-1)"): Way(lambda app: measure_width(app) > app.width, (*ZOOMED, keep_width)),
    ("ChartScreen", "pan(-1)"): Way(lambda app: view(app).window[0] < app.left, (*ZOOMED, keep_width)),
    ("ChartScreen", "pan(1)"): Way(lambda app: view(app).window[0] > app.left, (*ZOOMED, keep_width)),
    ("ChartScreen", "show_in_log"): Way(lambda app: HOME(app) and log(app).view.mark is not None, ("c",)),
    ("ChartScreen", "pick_runs"): Way(is_on("PickRunScreen"), ("c",)),
    ("ChartScreen", "pick_metric"): Way(is_on("PickMetricScreen"), ("c",)),
    ("ChartScreen", "turn"): Way(lambda app: view(app).axis is not Axis.EPOCH, ("c",)),
    ("ChartScreen", "smooth"): Way(lambda app: view(app).smoothing == 1, ("c",)),
    ("ChartScreen", "fit"): Way(lambda app: view(app).fitted, ("c",)),
    ("ChartScreen", "log"): Way(lambda app: view(app).logarithmic, ("c",)),
    ("ChartScreen", "reset"): Way(lambda app: view(app).cursor is None, ("c", "left")),
    ("ChartScreen", "help"): Way(is_on("HelpScreen"), ("c",)),
    **{
        ("ChartScreen", f"blink({n})"): Way(lambda app, n=n: not view(app).overlays[n - 1].shown, (lay_over, "c"))
        for n in range(1, 9)
    },
    ("DiagnosisScreen", "close"): Way(HOME, ("d",)),
    ("DiagnosisScreen", "copy"): Way(lambda app: "amn-tui" in app.clipboard, ("d",)),
    ("DiagnosisScreen", "start"): Way(lambda app: "began" in app.done, ("d",)),
    ("DiagnosisScreen", "cancel"): Way(lambda app: "given up" in app.done, ("d", "s")),
    ("DiagnosisScreen", "help"): Way(is_on("HelpScreen"), ("d",)),
    ("ConfirmScreen", "answer(True)"): Way(is_asked("abort_asked"), ("a",)),
    ("ConfirmScreen", "answer(False)"): Way(HOME, ("a",)),
    ("HurryScreen", "answer(True)"): Way(is_asked("hurry_asked"), ("a",), "stopping"),
    ("HurryScreen", "answer(False)"): Way(HOME, ("a",), "stopping"),
    ("LeaveScreen", "answer('detach')"): Way(lambda app: app.return_code == 0, ("ctrl+c",)),
    ("LeaveScreen", "answer('abort')"): Way(is_on("ConfirmScreen"), ("ctrl+c",)),
    ("LeaveScreen", "answer('stay')"): Way(HOME, ("ctrl+c",)),
    ("WaiveScreen", "give_up"): Way(HOME, ("w", "x"), "alarmed"),
    ("JumpScreen", "give_up"): Way(CHART, ("c", "g")),
    ("PickScreen", "leave"): Way(CHART, PICKING),
    ("PickScreen", "move(1)"): Way(lambda app: app.screen.list.cursor == 1, PICKING),
    ("PickScreen", "move(-1)"): Way(lambda app: app.screen.list.cursor == 1, (*PICKING, place_row(2))),
    ("PickScreen", "move(10)"): Way(lambda app: app.screen.list.cursor == 10, PICKING),
    ("PickScreen", "move(-10)"): Way(lambda app: app.screen.list.cursor == 1, (*PICKING, place_row(11))),
    ("Explanation", "close"): Way(HOME, PAGE),
    ("Explanation", "scroll_text(1)"): Way(lambda app: box(app) == 1, PAGE),
    ("Explanation", "scroll_text(-1)"): Way(lambda app: box(app) == 1, (*PAGE, "j", "j")),
    ("HelpScreen", "close"): Way(HOME, PAGE),
}


def find_epoch_line(app: Any, epoch: int) -> int:
    """Return where the line begins with which an epoch ended."""
    raw: bytes = log(app).lines.log.path.read_bytes()
    at = raw.index(f"Epoch {epoch}/20 done".encode())
    return raw.rindex(b"\n", 0, at) + 1
