"""The plan's decision tree, large: every node with what it says, and the branches behind `abort`."""

from dataclasses import dataclass

from amn_tui.run.decision_tree import Node, Stand, Tree
from amn_tui.run.diagnosis.branches import Branch
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop, cut, measure
from amn_tui.ui.tree import TONES, draw_node, draw_tree
from amn_tui.ui.widgets.pane import Pane

LARGE_ROWS = 32  # screens of this height have room for one row a node
GAP = 3  # between the nodes and what is said of them


@dataclass(frozen=True, slots=True)
class TreeDatum:
    """The tree, what stands beside its nodes (by their words), and the branches behind `abort`."""

    tree: Tree
    notes: tuple[tuple[str, str], ...]
    branches: tuple[Branch, ...]
    conclusion: str
    healthy: bool


def draw_large_tree(datum: TreeDatum, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw one row a node, downwards, with the two ways on and the three behind `abort`."""
    tree, notes = datum.tree, dict(datum.notes)
    arrow = f"{glyphs.arrow} "
    rows: list[tuple[str, Node, str, Tone]] = [
        (corner, node, notes.get(node.words, ""), Tone.DIM)
        for corner, node in (
            *(("", node) for node in tree.trunk),
            (glyphs.branch_side + arrow, tree.onward),
            (glyphs.branch_end + arrow, tree.abort),
        )
    ]
    room = " " * (len(arrow) + 1)
    for number, branch in enumerate(datum.branches):
        last = number == len(datum.branches) - 1
        corner = f"{room}{glyphs.branch_end if last else glyphs.branch_side}{arrow}"
        tone = Tone.PLAIN if branch.node.stand is Stand.HERE else Tone.DIM
        rows.append((corner, branch.node, f"{branch.score:.2f}  {branch.todo}" if branch.score else branch.todo, tone))
    heads = [(Part(corner, Tone.TRACK), draw_node(node, glyphs)) for corner, node, _, _ in rows]
    cells = max(map(measure, heads)) + GAP
    return [
        (*head, Part(" " * (cells - measure(head))), Part(cut(words, width - cells, glyphs.ellipsis), tone))
        for head, (_, _, words, tone) in zip(heads, rows, strict=True)
    ]


def draw_small_tree(datum: TreeDatum, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw the tree in one line, and in another where behind `abort` the run stands."""
    lines = draw_tree(datum.tree, width, glyphs)
    parts: list[Part] = []
    for branch in datum.branches:
        tone = TONES[branch.node.stand]
        mark = glyphs.here if branch.node.stand is Stand.HERE else glyphs.waiting
        parts.append(Part(f"{mark} {branch.node.words}   ", tone))
    return [*lines, crop((Part("abort ", Tone.DIM), Part(f"{glyphs.arrow} ", Tone.TRACK), *parts), width)]


class DecisionTree(Pane):
    """Where the run stands, and the conclusion in words; the datum is set by the screen."""

    def draw(self, datum: TreeDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it must be)
        """Draw the tree large where the screen is high enough."""
        large = self.app.size.height >= LARGE_ROWS
        mark = self.glyphs.passed if datum.healthy else self.glyphs.failed
        words = (Part(f"{mark} {datum.conclusion}", Tone.PASS if datum.healthy else Tone.FAIL),)
        lines = (draw_large_tree if large else draw_small_tree)(datum, width, self.glyphs)
        return [*lines, *([()] if large else []), crop(words, width)]
