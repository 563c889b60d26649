"""Two quiet themes: grey paper, one blue for what is measured, and green, amber and red for nothing but verdicts."""

import os
from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="amn-dark", dark=True, primary="#7aa7e8", secondary="#8b93a3", accent="#b79cf0", warning="#e2b04a",
    error="#ef6a63", success="#62bf7f", foreground="#d3d8e0", background="#14171c", surface="#1a1e25", panel="#232933",
    variables={
        "quiet": "#3a4250", "muted": "#8b93a3", "train": "#7f8b9e", "ood": "#b79cf0", "trivial": "#d9a05b",
        "band": "#1f3a2c", "chosen": "#2b3442", "footer-background": "#1a1e25", "footer-key-foreground": "#7aa7e8",
        "footer-description-foreground": "#a5adba", "scrollbar": "#2b3442", "scrollbar-background": "#14171c",
        "scrollbar-corner-color": "#14171c", "scrollbar-hover": "#3a4250", "scrollbar-active": "#4b5566",
        "scrollbar-background-hover": "#14171c", "scrollbar-background-active": "#14171c",
    },
)  # fmt: skip
LIGHT = Theme(
    name="amn-light", dark=False, primary="#1f5fb8", secondary="#5d6675", accent="#6b46c1", warning="#9a6700",
    error="#c42b2b", success="#1e7d3c", foreground="#1f2630", background="#fbfbf9", surface="#f1f1ee", panel="#e6e7e5",
    variables={
        "quiet": "#c3c8cf", "muted": "#68707d", "train": "#7b8594", "ood": "#6b46c1", "trivial": "#a35c00",
        "band": "#d5ecdb", "chosen": "#dfe6f0", "footer-background": "#f1f1ee", "footer-key-foreground": "#1f5fb8",
        "footer-description-foreground": "#4c5563", "scrollbar": "#d5d9df", "scrollbar-background": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9", "scrollbar-hover": "#c3c8cf", "scrollbar-active": "#a9b0ba",
        "scrollbar-background-hover": "#fbfbf9", "scrollbar-background-active": "#fbfbf9",
    },
)  # fmt: skip
THEMES = (DARK, LIGHT)
LIGHT_GROUNDS = ("7", "15")


def choose_theme(environment: Mapping[str, str] | None = None) -> str:
    """Return the theme that fits the terminal's ground, as far as COLORFGBG tells; dark otherwise."""
    ground = (os.environ if environment is None else environment).get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if ground in LIGHT_GROUNDS else DARK.name
