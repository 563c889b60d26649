"""Calm steps: of many lines of our log within one epoch the guard needs only the last, if all values are sound."""

import re
from collections.abc import Iterable

from checks.gate import Action, Gate

# A line of ours of a step whose values are all plainly written, so finite; what is longer is looked at.
_CALM = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (Epoch \d{1,9}/\d{1,9}) step \d{1,12}/\d{1,12}"
    r"(?: [A-Za-z_][\w.]*=-?\d{1,30}(?:\.\d{1,30})?(?:e-\d\d)?)*",
    re.ASCII,
)
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (?:Epoch|config|saved|rescored|stopped) ", re.ASCII)


class CalmSteps:
    """Passes over calm steps; a step with a metric that may stop the run is never one."""

    def __init__(self, gates: Iterable[Gate]) -> None:
        """Look closer at what any of `gates` that may stop the run is judged on in the middle of an epoch."""
        stopping = {gate.metric for gate in gates if gate.on_fail is Action.ABORT and gate.at is None}
        watched = [f" {metric}=" for metric in sorted(stopping - {"nonfinite"})]
        self._watched = tuple(watched + (["_share="] if "max_share" in stopping else []))

    def thin(self, lines: Iterable[str]) -> list[str]:
        """Return the lines without calm steps that another calm step of their epoch follows, in their order."""
        kept: list[str] = []
        held, epoch = "", ""
        for line in lines:
            found = _CALM.fullmatch(line)
            if found and not any(metric in line for metric in self._watched):
                if held and found[1] != epoch:
                    kept.append(held)
                held, epoch = line, found[1]
            else:
                if held and _OURS.match(line):
                    kept.append(held)
                    held = ""
                kept.append(line)
        return [*kept, held] if held else kept
