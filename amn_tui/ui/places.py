"""Every place that has keys: what they do there, and which of others are at work there too."""

from collections.abc import Sequence

from textual.binding import Binding, BindingType

from amn_tui.ui.keymap import Group
from amn_tui.ui.widgets.cosine import Cosine
from amn_tui.ui.widgets.gate_list import GateList
from amn_tui.ui.widgets.log_pane import LogPane
from amn_tui.ui.widgets.log_view import LogView
from amn_tui.ui.widgets.row_list import RowList

ANSWERS = ("abort", "waive", "rearm", "ask_leave")  # what can be asked of the run from every screen


def list_answers(everywhere: Sequence[BindingType]) -> list[BindingType]:
    """Return those of the app's bindings that are at work on every screen, whatever keys that has."""
    return [binding for binding in everywhere if isinstance(binding, Binding) and binding.action in ANSWERS]


def list_panes(everywhere: Sequence[BindingType]) -> list[Group]:
    """Return the bindings of the monitor: those of all of it, then those of its panes."""
    return [
        Group("Run", everywhere),
        Group("Checks and gates", (*RowList.BINDINGS, *GateList.BINDINGS), everywhere),
        Group("Log", (*LogPane.BINDINGS, *LogView.BINDINGS), everywhere),
        Group("Small chart", Cosine.BINDINGS, everywhere),
    ]


def list_places(everywhere: Sequence[BindingType]) -> list[Group]:
    """Return the bindings of every place in which a person may have keys of their own."""
    from amn_tui.ui.screens.chart import ChartScreen
    from amn_tui.ui.screens.diagnosis import DiagnosisScreen
    from amn_tui.ui.screens.explanation import Explanation
    from amn_tui.ui.screens.gate_detail import GateScreen
    from amn_tui.ui.screens.pick import PickScreen

    answers = list_answers(everywhere)
    return [
        *list_panes(everywhere),
        Group("Chart", ChartScreen.BINDINGS, answers),
        Group("Diagnosis", DiagnosisScreen.BINDINGS, (*answers, *RowList.BINDINGS)),
        Group("Explanations and help", Explanation.BINDINGS),
        Group("Page of a gate", GateScreen.BINDINGS, Explanation.BINDINGS),
        Group("Lists to pick from", PickScreen.BINDINGS, is_typed_in=True),
    ]
