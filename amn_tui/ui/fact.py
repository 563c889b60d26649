"""A labelled fact in an explanation: the label at the left, the words wrapped beside it."""

from collections.abc import Sequence

from amn_tui.ui.line import Line, Part, Tone, fit, pad, wrap

LABEL_CELLS = 12


def tell(label: str, words: str, width: int) -> list[Line]:
    """Say one thing in as many lines as it takes."""
    lines = wrap(words, width - LABEL_CELLS)
    labels = [label, *[""] * (len(lines) - 1)]
    return [(Part(fit(name, LABEL_CELLS), Tone.DIM), Part(line)) for name, line in zip(labels, lines, strict=True)]


def tell_verdict(word: str, words: str, tone: Tone, width: int) -> list[Line]:
    """Say a verdict, strongly, with a blank line below."""
    lines = wrap(words, width - LABEL_CELLS)
    head = (*pad(word, LABEL_CELLS, tone), Part(lines[0], Tone.STRONG))
    return [head, *((Part(" " * LABEL_CELLS), Part(line, Tone.STRONG)) for line in lines[1:]), ()]


def tell_parts(label: str, lines: Sequence[Line]) -> list[Line]:
    """Put lines that are drawn already beside a label."""
    labels = [label, *[""] * (len(lines) - 1)]
    return [(Part(fit(name, LABEL_CELLS), Tone.DIM), *line) for name, line in zip(labels, lines, strict=False)]
