from amn_tui.run.model import CheckState
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.screens.detail import explain_check
from checks.explanation import Explanation


def test_a_check_is_explained_by_its_page_and_a_package_s_by_the_one_in_the_record() -> None:
    own = Explanation("Counts things.", "Things matter.", "Too few.", "Add some.")
    for state, words in (
        (CheckState("off_by_one", "Off by one"), "Where the target lies to its context"),
        (CheckState("mine", "Mine", running=True, page=own), "Things matter."),
        (CheckState("theirs", "Theirs"), "waits for its turn"),
    ):
        lines = ["".join(part.text for part in line) for line in explain_check(state, 74, UNICODE)]
        assert words in " ".join(" ".join(lines).split())
        assert max(map(len, lines)) <= 74
