"""What docs/ has pictures of: every screen, each with the keys that lead there and a sentence for docs/screens.md."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import App

from amn_tui.run.guard_events import AlarmRaised, StopAsked, TrainerStarted
from amn_tui.ui.screens.diagnosis import DiagnosisScreen
from amn_tui.ui.screens.gate_detail import GateScreen
from amn_tui.ui.screens.pick_run import PickRunScreen
from checks.result import PreflightStarted
from docs.moment import Moment

Size = tuple[int, int]
LOW, USUAL, WIDE, LARGE = (80, 24), (120, 40), (160, 48), (200, 60)


def be_ready(app: App[None]) -> bool:
    """Tell whether nothing is still on its way to the screen."""
    screen = app.screen
    if isinstance(screen, DiagnosisScreen):
        return screen.evidence is not None and len(screen.evidence.actions) >= len(screen.actions)
    if isinstance(screen, GateScreen):
        return screen.standings is not None
    if isinstance(screen, PickRunScreen):
        return len(screen.known) > 1 and all(screen.known.values())
    return True


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture at one or more sizes; with `moment` the run as it was then."""

    name: str
    words: str
    sample: str = "healthy"
    keys: tuple[str, ...] = ()
    sizes: tuple[Size, ...] = (USUAL,)
    moment: Moment | None = None
    focus: str = ""
    compare: tuple[str, ...] = ()
    theme: str = "dark"
    ascii: bool = False
    no_color: bool = False
    ready: Callable[[App[None]], bool] = be_ready


AT_WORK = Moment(TrainerStarted, 30.5)
AT_ALARM = Moment(AlarmRaised, last_epoch=1, later_s=18.0)
AT_STOP = Moment(StopAsked, 0.1, last_epoch=1)
OTHERS = ("collapse", "original", "gate-abort")
GROUPS: dict[str, tuple[Scene, ...]] = {
    "A run": (
        Scene("training", "A run at work: where it stands, what it is held against, what it costs, what it says.",
              sizes=(USUAL, LOW, WIDE, LARGE), moment=AT_WORK),
        Scene("checking", "Before it: the checks run, each with a control that has to fail.", sizes=(USUAL, LOW),
              moment=Moment(PreflightStarted, 2.5)),
        Scene("alarm", "A gate failed: the banner says which, and the run is stopped unless somebody waives it.",
              "gate-abort", sizes=(USUAL, LOW, LARGE), moment=AT_ALARM),
        Scene("stopping", "The stop, rung by rung.", "gate-abort", moment=AT_STOP),
    ),
    "How runs end": (
        Scene("healthy", "All epochs are done and every gate that stops a run held.", sizes=(USUAL, LOW, WIDE, LARGE)),
        Scene("gate-abort", "Stopped by a gate at epoch 1, and what to do next.", "gate-abort", sizes=(USUAL, LOW)),
        Scene("collapse", "It learns its data and forgets all others: every gate would have said so.", "collapse",
              sizes=(USUAL, LOW)),
        Scene("nan", "A loss that is no number ends a run at its first report.", "nan"),
        Scene("killed", "Killed by a signal; it can go on from its last checkpoint.", "killed"),
        Scene("noisy", "Binary, half lines and a traceback in the log are text and nothing else.", "noisy"),
        Scene("original", "Another trainer's log: what is missing is said to be missing.", "original"),
        Scene("blocked", "Preflight did not pass: nothing was started.", "blocked", sizes=(USUAL, LOW)),
    ),
    "The full chart": (
        Scene("chart", "Every curve against every bound, three other runs over it, the cursor on epoch 3.",
              keys=("c", "home", "right", "right"), sizes=(USUAL, LOW, LARGE), compare=OTHERS),
        Scene("chart-steps", "Another metric, by steps, smoothed, on a logarithmic scale.",
              keys=("c", "m", *"grad_norm", "enter", "x", "L", "e", "e"), sizes=(USUAL, LOW)),
        Scene("chart-metric", "`m` finds a metric by part of its name.", keys=("c", "m")),
        Scene("chart-runs", "`o` lays other runs over the chart.", keys=("c", "o"), compare=OTHERS[:1]),
        Scene("chart-jump", "`g` goes to an epoch by its number.", keys=("c", "g", "1", "2")),
    ),
    "Why": (
        Scene("diagnosis", "`d`: the decision tree, three debug actions, and the causes with the next command.",
              "gate-abort", ("d",), (USUAL, LOW, LARGE)),
        Scene("check", "Enter on a check: what it measured, what was expected, its control, what to do.",
              "blocked", ("enter",), focus="#checks"),
        Scene("gate", "Enter on a gate: its bound, its history, and how past runs stood there.", keys=("enter",),
              focus="#gates"),
    ),
    "Questions": (
        Scene("confirm", "`a` without an alarm asks once.", keys=("a",), moment=AT_WORK),
        Scene("waive", "`w` waives an alarm, with a reason.", "gate-abort",
              ("w", *"a small data set"), moment=AT_ALARM),
        Scene("hurry", "`a` while a run is being stopped: the next rung now, or wait.", "gate-abort", ("a",),
              moment=AT_STOP),
        Scene("leave", "`ctrl+c` is never taken for a stop: it asks.", keys=("ctrl+c",), moment=AT_WORK),
    ),
    "Keys and commands": (
        Scene("help", "`?` lists every key.", keys=("question_mark",), sizes=(USUAL, LARGE)),
        Scene("palette", "`:` finds a command by its name.", keys=("colon",), moment=AT_WORK),
    ),
    "The log": (
        Scene("log-search", "`/` searches as you type.", keys=("slash", *"saved")),
        Scene("log-filter", "`&` shows only lines that match.", keys=("ampersand", *"done", "enter"),
              sizes=(USUAL, LOW)),
        Scene("log-epoch", "`e` goes to the line of an epoch.", keys=("e", "7")),
        Scene("log-wrap", "`W` wraps long lines.", keys=("W",)),
        Scene("log-zoom", "`z` gives a pane the whole screen.", keys=("z",)),
    ),
    "Themes and terminals": (
        *(Scene(f"theme-{theme}", words, "gate-abort", theme=theme) for theme, words in (
            ("dark", "The dark theme."), ("light", "The light theme."),
            ("high-contrast", "High contrast: text has 7 to 1 and more."),
            ("colour-blind", "Verdicts that differ without red and green."),
        )),
        Scene("no-color", "Under `NO_COLOR`: bold, underline and reverse.", "gate-abort", no_color=True),
        Scene("ascii", "On a terminal that has nothing but ASCII.", "gate-abort", sizes=(USUAL, LOW), ascii=True),
    ),
}  # fmt: skip
