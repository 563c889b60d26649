"""The next gate of a run: which it is, and how far away."""

import math
from dataclasses import dataclass

from amn_tui.run.model import GateState, Run
from amn_tui.run.outcome import Phase
from amn_tui.ui.eta import estimate_left_s, is_going
from amn_tui.ui.quantity import format_about


@dataclass(frozen=True, slots=True)
class Countdown:
    """`gate` is judged at the end of epoch `epoch`, `epochs` from now; `words` say when: in 2 epochs, about 3 min."""

    gate: str
    epoch: int
    epochs: int
    words: str


def find_next_gate(run: Run) -> GateState | None:
    """Return the gate whose epoch comes next, None when there is none or the run has ended."""
    if run.ended is not None or run.phase is Phase.BLOCKED:
        return None
    made = run.curve.last.epoch if run.curve.last else 0
    last = run.curve.total_epochs or math.inf  # a run may be shorter than its plan's gates
    ahead = [state for state in run.gates if made < (state.gate.at or 0) <= last and state.judgement.verdict is None]
    return min(ahead, key=lambda state: state.gate.at or 0, default=None)


def count_down(run: Run, now: float) -> Countdown | None:
    """Return how far away the next gate is; the time is measured, and coarse so that it stands still."""
    state = find_next_gate(run)
    if state is None or state.gate.at is None:
        return None
    epochs = state.gate.at - (run.curve.last.epoch if run.curve.last else 0)
    words = "after this epoch" if epochs == 1 and run.curve.step else f"in {epochs} epoch{'s' if epochs > 1 else ''}"
    left = estimate_left_s(run, now, state.gate.at) if is_going(run) else None
    return Countdown(state.gate.name, state.gate.at, epochs, f"{words}, {format_about(left)}" if left else words)
