"""The themes: one blue for what is measured, and green, amber and red for nothing but verdicts, in four tellings.

Every tone that text is drawn in has a contrast of at least 4.5 against its ground (WCAG 2.1, 1.4.3), in the theme of
high contrast 7 (1.4.6); a line that only divides or joins has 3 (1.4.11). tests/ui/test_themes.py measures the tones,
tests/ui/test_drawn_colours.py what is really drawn. What one reaches who learned nothing has the colour of no verdict:
its line is one to compare with, and amber would say WARN of it.
"""

import os
from collections.abc import Mapping

from textual.theme import Theme


def make_theme(name: str, *, dark: bool, colours: Mapping[str, str]) -> Theme:
    """Return a theme of these colours; the names are those of monitor.tcss."""
    own = ("quiet", "muted", "train", "ood", "trivial", "band", "chosen")
    ground, quiet = colours["background"], colours["quiet"]
    return Theme(
        name=name, dark=dark, primary=colours["primary"], secondary=colours["muted"], accent=colours["ood"],
        warning=colours["warning"], error=colours["error"], success=colours["success"],
        foreground=colours["foreground"], background=ground, surface=colours["surface"], panel=colours["panel"],
        variables={key: colours[key] for key in own} | {
            "footer-background": colours["surface"], "footer-key-foreground": colours["primary"],
            "footer-description-foreground": colours["muted"], "scrollbar": quiet, "scrollbar-background": ground,
            "scrollbar-corner-color": ground, "scrollbar-hover": colours["muted"], "scrollbar-active": colours["muted"],
            "scrollbar-background-hover": ground, "scrollbar-background-active": ground,
        },
    )  # fmt: skip


DARK = make_theme("dark", dark=True, colours={
    "background": "#14171c", "surface": "#1a1e25", "panel": "#232933", "foreground": "#d3d8e0", "muted": "#9aa2b1",
    "quiet": "#667082", "primary": "#7fabea", "success": "#62bf7f", "warning": "#e2b04a", "error": "#f47d76",
    "train": "#95a0b2", "ood": "#b79cf0", "trivial": "#c9b8a6", "band": "#1f3a2c", "chosen": "#283040",
})  # fmt: skip
LIGHT = make_theme("light", dark=False, colours={
    "background": "#fbfbf9", "surface": "#f1f1ee", "panel": "#e6e7e5", "foreground": "#1f2630", "muted": "#5b6370",
    "quiet": "#828995", "primary": "#1f5fb8", "success": "#14692f", "warning": "#7d5200", "error": "#b32222",
    "train": "#5c6676", "ood": "#6b46c1", "trivial": "#6b5a4d", "band": "#d5ecdb", "chosen": "#dfe6f0",
})  # fmt: skip
HIGH_CONTRAST = make_theme("high-contrast", dark=True, colours={
    "background": "#000000", "surface": "#000000", "panel": "#16181d", "foreground": "#ffffff", "muted": "#d2d6de",
    "quiet": "#8a919e", "primary": "#8fd0ff", "success": "#62ff94", "warning": "#ffd84d", "error": "#ffa39c",
    "train": "#d2d6de", "ood": "#e0c6ff", "trivial": "#efe6c8", "band": "#003d1c", "chosen": "#1b2a4a",
})  # fmt: skip
# The palette of Okabe and Ito (2008), lightened where text needs it: bluish green, yellow and vermilion are told apart
# without red and green; measured values are sky blue.
COLOUR_BLIND = make_theme("colour-blind", dark=True, colours={
    "background": "#14171c", "surface": "#1a1e25", "panel": "#232933", "foreground": "#d3d8e0", "muted": "#9aa2b1",
    "quiet": "#667082", "primary": "#56b4e9", "success": "#2fc19b", "warning": "#f0e442", "error": "#f58449",
    "train": "#95a0b2", "ood": "#dd8fbb", "trivial": "#dccfc0", "band": "#16323d", "chosen": "#283040",
})  # fmt: skip
THEMES = (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND)
LIGHT_GROUNDS = ("7", "15")


def choose_theme(wanted: str = "auto", environment: Mapping[str, str] | None = None) -> str:
    """Return the name of the theme: the one `wanted`, or what fits the terminal's ground as far as COLORFGBG tells."""
    if wanted != "auto":
        return wanted
    ground = (os.environ if environment is None else environment).get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if ground in LIGHT_GROUNDS else DARK.name


def follow_theme(name: str) -> str:
    """Return the theme after this one, round and round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
