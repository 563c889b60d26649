"""`inspect` as people read it: one table on one page of 80 columns."""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from checks.adjacency import LOW_COSINE
from checks.printer import mask_controls
from trainer.tables.histogram import count_values, draw_axis, draw_columns
from trainer.tables.measures import Measures, Spread, Values
from trainer.tables.numbers import say, say_share
from trainer.tables.page import Page, fit

HEIGHT, LABEL, COLUMN, GAP = 4, 16, 9, 4


def print_inspection(measures: Measures, values: Values, page: Page) -> list[str]:
    """Return the lines of a page about one table."""
    width = (page.width - GAP) // 2
    cosines = draw_cosines(values.adjacency, find_floor(values.adjacency), width, page)
    lengths = draw_lengths(values.lengths, float(values.lengths.max(initial=1)), width, page)
    return [
        *print_head("", measures, page),
        *_print_facts(measures, page),
        "",
        *_print_spreads(measures, page),
        "",
        *_print_profile(measures, page),
        "",
        *join_columns(cosines, lengths, width),
    ]


def print_head(mark: str, measures: Measures, page: Page) -> list[str]:
    """Return the line that names a table, and a rule below it."""
    what = f"{measures.layout} of {measures.rows:,} vectors × {measures.dim:,}, {measures.dtype}"
    if not measures.dtype:
        what = (
            f"baseline: the numbers of {measures.windows:,} windows" if measures.windows else "baseline: numbers alone"
        )
    name = fit(mark + mask_controls(measures.name), page.width - len(what) - 1)
    return [f"{page.paint(name, 'bold')} {what}", page.paint("─" * page.width, "dim")]


def _print_facts(measures: Measures, page: Page) -> list[str]:
    known = {"articles": _say_articles(measures)} if measures.articles else {"articles": "the file does not say"}
    bad = {"nan": measures.nan_rows, "inf": measures.inf_rows, "zero": measures.zero_rows}
    faults = ", ".join(f"{count:,} {word}" for word, count in bad.items() if count)
    facts = {
        "encoder": say_encoder(measures),
        "weights": say_weights(measures),
        **known,
        "windows": f"{measures.windows:,} of {measures.context} + 1 chunks",
        "faulty rows": faults or "none: no nan, no inf, no zero row",
        "copies": f"{measures.copies:,} rows ({say_share(measures.copied_share)}) repeat an earlier one",
        "numbers": f"mean {say(measures.number_mean, 5)}, std {say(measures.number_std, 5)}",
    }
    return [
        f"{page.paint(key.ljust(LABEL), 'dim')}{fit(value, page.width - LABEL).rstrip()}"
        for key, value in facts.items()
    ]


def say_encoder(measures: Measures) -> str:
    """Say who made the vectors, as the manifest does."""
    return mask_controls(str(measures.encoder.get("encoder", "nobody wrote down which")))


def say_weights(measures: Measures) -> str:
    """Say with which weights and pooling, as far as the manifest does."""
    weights, pooling = (str(measures.encoder.get(key) or "") for key in ("weights_sha256", "pooling"))
    parts = [f"sha256 {weights[:16]}…" if weights else "", f"{pooling} pooling" if pooling else ""]
    return mask_controls(", ".join(part for part in parts if part)) or "unknown"


def _say_articles(measures: Measures) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in measures.kinds.items())
    return mask_controls(f"{measures.articles:,}{': ' if kinds else ''}{kinds}")


def _print_spreads(measures: Measures, page: Page) -> list[str]:
    head = "".join(word.rjust(COLUMN) for word in ("mean", "std", "min", "p10", "p50", "p90", "max"))
    rows: list[tuple[str, Spread | None, int]] = [
        ("article length", measures.lengths, 0), ("norm", measures.norms, 4), ("cos(t, t+1)", measures.adjacency, 3),
    ]  # fmt: skip
    lines = [page.paint(" " * LABEL + head, "dim")]
    for label, spread, digits in rows:
        if spread is not None:
            shown = (spread.mean, spread.std, spread.min, spread.p10, spread.p50, spread.p90, spread.max)
            places = (max(digits, 1), max(digits, 1), *(digits,) * 5)
            cells = "".join(say(value, place).rjust(COLUMN) for value, place in zip(shown, places, strict=True))
            lines.append(page.paint(label.ljust(LABEL), "dim") + cells)
    return lines


def _print_profile(measures: Measures, page: Page) -> list[str]:
    head = [*(f"{offset} apart" for offset in range(1, len(measures.profile) + 1)), "any two"]
    values = [*measures.profile, measures.random]
    share, pairs = say_share(measures.low_share), f"{measures.adjacency.count:,} pairs of neighbours"
    low = f"{share} of {pairs} are below {LOW_COSINE:.2f}"
    return [
        page.paint(" " * LABEL + "".join(word.rjust(COLUMN) for word in head), "dim"),
        page.paint("cosine of chunks".ljust(LABEL), "dim") + "".join(say(value).rjust(COLUMN) for value in values),
        page.paint("low pairs".ljust(LABEL), "dim") + low,
    ]


def find_floor(*values: NDArray[np.float32]) -> float:
    """Return where an axis of cosines begins: just below 0, or at -1 where there are such."""
    return -1.0 if min((float(cosines.min()) for cosines in values if len(cosines)), default=0.0) < -0.2 else -0.2


def draw_cosines(values: NDArray[np.float32], floor: float, width: int, page: Page) -> list[str]:
    """Draw the cosines of neighbours."""
    return _draw("cos(t, t+1)", values, (floor, 1.0), 1, width, page)


def draw_lengths(values: NDArray[np.float32], longest: float, width: int, page: Page) -> list[str]:
    """Draw article lengths from 0 to the longest of all that are compared."""
    return _draw("article length in chunks", values, (0.0, max(1.0, longest)), 0, width, page)


def draw_norms(values: NDArray[np.float32], ends: tuple[float, float], width: int, page: Page) -> list[str]:
    """Draw the norms."""
    return _draw("norm", values, ends, 2, width, page)


def _draw(
    title: str, values: NDArray[np.float32], ends: tuple[float, float], digits: int, width: int, page: Page
) -> list[str]:
    lines = draw_columns(count_values(values, *ends, width), HEIGHT, page.glyphs)
    return [title, *lines, page.paint(draw_axis(*ends, width, digits), "dim")]


def join_columns(left: Sequence[str], right: Sequence[str], width: int) -> list[str]:
    """Put two columns of lines beside each other; painted lines of the left one are full already."""
    pairs = zip_longest(left, right, fillvalue="")
    return [((a if "\x1b" in a else fit(a, width)) + " " * GAP + b).rstrip() for a, b in pairs]
