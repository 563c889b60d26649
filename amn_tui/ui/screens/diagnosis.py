"""Why the run is where it is: its place on the tree, ranked findings, and debug actions that run beside the screen."""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from amn_tui.run.decision_tree import Stand
from amn_tui.run.diagnosis.actions import ActionRun, DebugAction, list_actions
from amn_tui.run.diagnosis.branches import list_branches
from amn_tui.run.diagnosis.evidence import ActionResult, Evidence, gather_evidence, read_evidence
from amn_tui.run.diagnosis.finding import Diagnosis
from amn_tui.run.diagnosis.ranking import add_action, diagnose
from amn_tui.run.model import Run
from amn_tui.run.text import sanitize
from amn_tui.ui.eta import is_going
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.keymap import Group
from amn_tui.ui.messages import RowChosen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.action_list import ActionList, ActionsDatum, ActionState
from amn_tui.ui.widgets.banner import Banner
from amn_tui.ui.widgets.decision_tree import DecisionTree, TreeDatum
from amn_tui.ui.widgets.finding_list import FindingList
from amn_tui.ui.widgets.pane import TONE_CLASSES, Shows
from amn_tui.ui.widgets.row_list import RowList
from amn_tui.ui.widgets.screen_keys import ScreenKeys
from checks.verdict import Verdict


class DiagnosisScreen(Screen[None]):
    """The diagnosis over the whole screen; the run comes from the monitor beneath, and keeps it up to date."""

    CSS_PATH = "diagnosis.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    AUTO_FOCUS = "FindingList"
    HORIZONTAL_BREAKPOINTS = MonitorScreen.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = MonitorScreen.VERTICAL_BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,d,q",
            "close",
            "back",
            id="diagnosis-close",
            tooltip="back to the monitor; debug actions that run are given up",
        ),
        Binding(
            "y",
            "copy",
            "copy command",
            id="diagnosis-copy",
            tooltip="copy the command of the finding under the cursor; so does enter",
        ),
        Binding(
            "s",
            "start",
            "start actions",
            id="actions-start",
            tooltip="run the debug actions, each a process of its own",
        ),
        Binding("x", "cancel", "give up", id="actions-give-up", tooltip="give the debug actions up that run"),
        Binding("question_mark", "help", "help", id="help", tooltip="this help"),
    ]

    def __init__(self, monitor: MonitorScreen) -> None:
        """Diagnose the run of `monitor`."""
        super().__init__()
        self.monitor = monitor
        self.glyphs: Glyphs = monitor.glyphs
        self.evidence: Evidence | None = None
        self.diagnosis: Diagnosis | None = None
        self.actions: tuple[DebugAction, ...] = ()
        self.running: dict[str, ActionRun] = {}
        self.set_class(monitor.glyphs is not UNICODE, "-ascii")

    def compose(self) -> ComposeResult:
        """Lay out: what is pressing, the tree, the actions, the findings, the keys."""
        yield Banner(can_answer=self.monitor.can_answer)
        tree, actions = DecisionTree(), ActionList()
        tree.title_words, actions.title_words = "diagnosis", "debug actions"
        yield tree
        yield actions
        yield FindingList(id="findings")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """Take the run as it is and as it changes; look at its folder; of a run that is over, start at once."""
        self.watch(self.monitor, "now", self._take_now)
        self.watch(self.monitor, "run", self._take_run)
        self.run_worker(self._begin(), exit_on_error=False)

    async def _begin(self) -> None:
        run = self.monitor.run
        if run is None:
            return
        self.evidence = await asyncio.to_thread(read_evidence, run)
        self.actions = await asyncio.to_thread(list_actions, self.evidence)
        self._conclude()
        if not is_going(run):
            self.action_start()

    def on_unmount(self) -> None:
        """Leave no process behind."""
        self.action_cancel()

    def _take_now(self, now: float) -> None:
        for shows in self.query(Shows):
            shows.now = now

    def _take_run(self, run: Run | None) -> None:
        """Show what is pressing, and conclude anew where what decides has changed."""
        for shows in (*self.query(Banner), *self.query(ScreenKeys)):
            shows.run = run
        if run is None or self.evidence is None:
            return
        old = self.evidence
        fresh = gather_evidence(run, tail=old.tail, log=old.log, checkpoint=old.checkpoint)
        fresh = replace(fresh, actions=old.actions)
        if replace(fresh, step=None, disk_free_bytes=None) != replace(old, step=None, disk_free_bytes=None):
            self.evidence = fresh
            self._conclude()

    def _conclude(self) -> None:
        run = self.monitor.run
        if self.evidence is None or run is None or not self.is_mounted:
            return
        self.diagnosis = found = diagnose(run, self.evidence)
        tree = self.query_one(DecisionTree)
        tree.datum = TreeDatum(
            found.tree, _note(run, found), list_branches(found.findings), found.conclusion, not found.problems
        )
        tree.entitle(f"diagnosis of {run.name}")
        self.query_one(FindingList).datum = found
        self.query_one(ActionList).datum = _pick_actions(self.actions, self.running, self.evidence, run)

    def action_start(self) -> None:
        """Run the actions that do not run yet, beside each other and beside the screen."""
        for action in self.actions:
            if action.name not in self.running:
                self.running[action.name] = ActionRun(action)
                self.run_worker(self._run(self.running[action.name]), exit_on_error=False)
        self._conclude()

    async def _run(self, run: ActionRun) -> None:
        result: ActionResult = await asyncio.to_thread(run.finish)
        self.running.pop(run.action.name, None)
        if self.evidence is not None:
            self.evidence = add_action(self.evidence, result)
            self._conclude()

    def action_cancel(self) -> None:
        """Give up the actions that run."""
        for run in self.running.values():
            run.cancel()

    def action_copy(self) -> None:
        """Copy the command of the finding under the cursor."""
        step = self.query_one(FindingList).chosen
        if step is not None:
            self.app.copy_to_clipboard(step.command)
            self.notify(sanitize(f"copied: {step.command}"), markup=False)

    def on_row_chosen(self, _message: RowChosen) -> None:
        """Enter, or a click, on a finding."""
        self.action_copy()

    def action_help(self) -> None:
        """Show the keys."""
        from amn_tui.ui.places import list_answers
        from amn_tui.ui.screens.help import HelpScreen

        run = Group("Run", list_answers(self.app.BINDINGS))
        groups = (Group("Diagnosis", self.BINDINGS), Group("Findings", RowList.BINDINGS), run)
        self.app.push_screen(HelpScreen(groups, self.monitor.keys))

    def action_close(self) -> None:
        """Go back."""
        self.action_cancel()
        self.dismiss(None)


def _pick_actions(
    actions: Sequence[DebugAction], running: Container[str], evidence: Evidence, run: Run
) -> ActionsDatum:
    results = {result.name: result for result in evidence.actions}
    states = tuple(ActionState(action, action.name in running, results.get(action.name)) for action in actions)
    return ActionsDatum(states, is_going(run))


def _note(run: Run, found: Diagnosis) -> tuple[tuple[str, str], ...]:
    """Say beside the nodes what decided there."""
    passed = sum(state.ended is not None and state.ended.verdict == "PASS" for state in run.checks)
    notes = [("preflight", f"{passed} of {len(run.checks)} checks passed")] if run.checks else []
    decision = found.tree.trunk[-1]
    judged = [state for state in run.gates if state.gate.at is not None and decision.words == f"epoch {state.gate.at}"]
    if judged and judged[0].judgement.value is not None:
        judgement = judged[0].judgement
        warns = "WARN: " if judgement.verdict is Verdict.WARN else ""  # the run went on: the mark does not say so
        notes.append((decision.words, warns + judgement.words))
    if run.outcome is not None and run.ended is not None:
        stopped = found.tree.abort.stand is Stand.FAILED
        node = found.tree.abort if stopped else found.tree.onward
        notes.append((node.words, run.ended.words))
    return tuple(notes)
