"""Whether every vector of some data sets is a unit vector: preflight's second check, asked of any data at any time."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks import eval_normalization
from checks.config import resolve_settings
from checks.data import Data
from checks.dataset import Dataset, open_dataset
from checks.finding import Finding
from checks.printer import mask_controls
from checks.registry import keep_silent
from checks.verdict import Verdict
from trainer.datasets import resolve
from trainer.tables.page import Page

LABEL, COLUMN = 30, 10


@dataclass(frozen=True, slots=True)
class Verification:
    """What check 2 says of data sets: its numbers keyed SET.PART.NUMBER, its finding, and the next command."""

    numbers: Mapping[str, Any]
    finding: Finding
    next: str

    @property
    def found(self) -> str:
        """Return the finding in one line."""
        return self.finding.detail


def verify_data(names: Sequence[str], context: int) -> Verification:
    """Measure the norms of every row of every set; raises InputError for what is no table or npz."""
    sets = [open_dataset(name, resolve(name), context) for name in dict.fromkeys(names)]
    settings = resolve_settings({})
    numbers = eval_normalization.measure(Data(sets[0], tuple(sets[1:]), None, settings), keep_silent)
    finding = eval_normalization.judge(numbers, settings["eval_normalization"])
    return Verification(numbers, finding, _propose(finding, sets, numbers))


def _propose(finding: Finding, sets: Sequence[Dataset], numbers: Mapping[str, Any]) -> str:
    """Name the first set that is at fault, else the next debug action."""
    if finding.verdict is Verdict.PASS:
        return "amn-tui model check"
    settings = resolve_settings({})["eval_normalization"]
    for dataset in sets:
        own = {key: value for key, value in numbers.items() if key.startswith(f"{dataset.name}.")}
        if eval_normalization.judge(own, settings).verdict is not Verdict.PASS:
            return f"amn-tui data inspect {shlex.quote(dataset.name)}"
    return f"amn-tui data inspect {shlex.quote(sets[0].name)}"


def print_verification(verification: Verification, page: Page) -> list[str]:
    """Return the lines of a page about the norms."""
    finding = verification.finding
    head = "".join(word.rjust(COLUMN) for word in ("rows", "mean", "std", "farthest", "nan/inf", "zero"))
    lines = [page.paint("norms".ljust(LABEL) + head, "dim")]
    parts = dict.fromkeys(key.rpartition(".")[0] for key in verification.numbers)
    for part in parts:
        get = {
            key: verification.numbers[f"{part}.{key}"]
            for key in ("rows", "mean", "std", "farthest", "nonfinite", "zero")
        }
        cells = (f"{get['rows']:,.0f}", f"{get['mean']:.4f}", f"{get['std']:.4f}", f"{get['farthest']:.4f}",
                 f"{get['nonfinite']:,.0f}", f"{get['zero']:,.0f}")  # fmt: skip
        lines.append(mask_controls(part)[-LABEL + 1 :].ljust(LABEL) + "".join(cell.rjust(COLUMN) for cell in cells))
    meaning = {
        Verdict.PASS: "every row is a unit vector: look at the model next",
        Verdict.WARN: "nearly: a single row is off; it may stay",
    }.get(finding.verdict, "a cosine of these is no dot product: normalise them, and leave out what is no vector")
    return [
        *lines, "", f"{page.paint(finding.verdict.ljust(6), finding.verdict)}{mask_controls(finding.detail)}",
        f"      → {meaning}", "      " + page.paint(f"next: {mask_controls(verification.next)}", "dim"),
    ]  # fmt: skip
