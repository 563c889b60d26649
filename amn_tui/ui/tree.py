"""The plan's decision tree as it is drawn: in one line, or with its fork on a second one."""

from amn_tui.run.decision_tree import Node, Stand, Tree
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, measure

TONES = {Stand.DONE: Tone.PASS, Stand.HERE: Tone.HERE, Stand.FAILED: Tone.FAIL, Stand.AHEAD: Tone.DIM}


def draw_tree(tree: Tree, width: int, glyphs: Glyphs, decides_in: str = "", *, tall: bool = False) -> list[Line]:
    """Draw the tree in one line, or with the fork on a second one.

    `decides_in` is said at the epoch that is being made. Where there is no room it goes first, then the names of what
    is done.
    """
    draw = _draw_tall if tall else _draw_flat
    ways = [draw(tree, glyphs, decides_in, short=False), draw(tree, glyphs, "", short=False)]
    fitting = (lines for lines in ways if max(map(measure, lines)) <= width)
    return next(fitting, draw(tree, glyphs, "", short=True))


def draw_node(node: Node, glyphs: Glyphs, *, short: bool = False) -> Part:
    """Draw one node: its mark and its words, or the mark alone of what is done where it is to be `short`."""
    marks = {
        Stand.DONE: glyphs.passed, Stand.HERE: glyphs.here, Stand.FAILED: glyphs.failed, Stand.AHEAD: glyphs.waiting
    }  # fmt: skip
    words = "" if short and node.stand is Stand.DONE else f" {node.words}"
    return Part(marks[node.stand] + words, TONES[node.stand])


def _draw_trunk(tree: Tree, glyphs: Glyphs, decides_in: str, *, short: bool) -> list[Part]:
    """Draw the way to the fork, an arrow behind every node but the last."""
    parts: list[Part] = []
    for number, node in enumerate(tree.trunk):
        parts.append(draw_node(node, glyphs, short=short))
        if decides_in and node.stand is Stand.HERE and number == len(tree.trunk) - 1:
            parts.append(Part(f" decides in {decides_in}", Tone.DIM))
        parts.append(Part(f" {glyphs.arrow} ", Tone.TRACK))
    return parts[:-1]


def _draw_flat(tree: Tree, glyphs: Glyphs, decides_in: str, *, short: bool) -> list[Line]:
    trunk = _draw_trunk(tree, glyphs, decides_in, short=short)
    arrow, other = Part(f" {glyphs.arrow} ", Tone.TRACK), Part("  or  ", Tone.DIM)
    return [(*trunk, arrow, draw_node(tree.onward, glyphs), other, draw_node(tree.abort, glyphs))]


def _draw_tall(tree: Tree, glyphs: Glyphs, decides_in: str, *, short: bool) -> list[Line]:
    trunk = _draw_trunk(tree, glyphs, decides_in, short=short)
    room = " " * (measure(tuple(trunk)) + 1)
    fork, end = (
        Part(f"{edge}{glyphs.arrow} ", Tone.TRACK) for edge in (f" {glyphs.branch_down}", f"{room}{glyphs.branch_end}")
    )
    return [(*trunk, fork, draw_node(tree.onward, glyphs)), (end, draw_node(tree.abort, glyphs))]
