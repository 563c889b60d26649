"""The keys of the full chart."""

from textual.binding import Binding, BindingType

from amn_tui.ui.chart.view import MOST_OVERLAYS

CHART_KEYS: list[BindingType] = [
    Binding(
        "escape,c,q",
        "close",
        "back",
        id="chart-close",
        tooltip="back to the monitor; how the chart is looked at is kept",
    ),
    Binding(
        "left,h",
        "move(-1)",
        "cursor",
        id="chart-left",
        tooltip="inspect the epoch (or step) before; its values stand above",
    ),
    Binding("right,l", "move(1)", "cursor right", id="chart-right", show=False, tooltip="inspect the next one"),
    Binding("home", "move(-1000000000)", "first", id="chart-first", show=False, tooltip="the first epoch"),
    Binding("end", "move(1000000000)", "last", id="chart-last", show=False, tooltip="the last one"),
    Binding(
        "g,colon",
        "jump",
        "go to",
        id="chart-go-to",
        show=False,
        tooltip="go to an epoch (or step, or second) by its number",
    ),
    Binding(
        "plus,equals_sign", "nearer(1)", "zoom", id="zoom-in", tooltip="nearer to the cursor; so does the mouse wheel"
    ),
    Binding("minus", "nearer(-1)", "zoom out", id="zoom-out", show=False, tooltip="further away"),
    Binding(
        "shift+left,H",
        "pan(-1)",
        "pan left",
        id="pan-left",
        show=False,
        tooltip="move what is in sight, when zoomed; so does a drag",
    ),
    Binding("shift+right", "pan(1)", "pan right", id="pan-right", show=False, tooltip="move it the other way"),
    Binding(
        "enter",
        "show_in_log",
        "in log",
        id="chart-in-log",
        show=False,
        tooltip="back to the monitor, at the line of the epoch under the cursor in the log",
    ),
    Binding(
        "o",
        "pick_runs",
        "runs",
        id="chart-runs",
        tooltip="lay other runs over it, up to eight: baseline, earlier attempts",
    ),
    *(
        Binding(
            str(number),
            f"blink({number})",
            f"hide {number}",
            id=f"hide-{number}",
            show=False,
            tooltip=f"hide run {number}, or show it again",
        )
        for number in range(1, MOST_OVERLAYS + 1)
    ),
    Binding("m", "pick_metric", "metric", id="chart-metric", tooltip="another metric, by part of its name"),
    Binding("x", "turn", "axis", id="chart-axis", tooltip="by epochs, by steps or by time, as far as the log tells"),
    Binding(
        "e",
        "smooth",
        "smooth",
        id="chart-smooth",
        tooltip="smooth by a moving average, ever more strongly; the raw curve stays",
    ),
    Binding("y", "fit", "fit", id="chart-fit", tooltip="fit the scale to what is in sight, or back to the fixed one"),
    Binding(
        "L", "log", "log", id="chart-log-scale", tooltip="logarithmic scale, where every value in sight is above 0"
    ),
    Binding("0", "reset", "whole", id="chart-whole", tooltip="all of the run again, without a cursor"),
    Binding("question_mark", "help", "help", id="help", tooltip="this help"),
]
