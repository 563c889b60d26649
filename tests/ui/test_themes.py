"""Every theme can be read: contrast of every tone on every ground, and verdicts that differ for every kind of eye."""

import math
import re
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from textual.color import Color
from textual.theme import Theme

import amn_tui.ui
from amn_tui.run.folder import RunFolder
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.settings import THEME_NAMES
from amn_tui.ui.themes import COLOUR_BLIND, DARK, HIGH_CONTRAST, LIGHT, THEMES, choose_theme, follow_theme
from checks.verdict import Verdict

STYLES = (Path(amn_tui.ui.__file__).parent / "monitor.tcss").read_text("utf-8")
CHART_STYLES = (Path(amn_tui.ui.__file__).parent / "screens/chart.tcss").read_text("utf-8")
NO_TEXT = {"track"}  # bars, rules and arrows: what they say is said in words beside them
# What eyes without the cones for long (protan) and for middle (deutan) waves see of linear RGB: Machado et al. (2009).
EYES = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def get_colour(theme: Theme, name: str) -> Color:
    known = {**theme.variables, **{key: getattr(theme, key) for key in ("primary", "success", "warning", "error")}}
    known |= {"foreground": theme.foreground, "background": theme.background, "surface": theme.surface}
    return Color.parse(str(known[name]))


def list_tones() -> dict[str, str]:
    """Return tone -> name of its colour, as monitor.tcss has it: the later rule counts."""
    tones: dict[str, str] = {"plain": "foreground"}
    for selectors, body in re.findall(r"^((?:\.tone-[a-z]+(?:, )?)+) \{([^}]*)\}", STYLES, re.MULTILINE):
        if found := re.search(r"(?<![-a-z])color: \$([a-z]+)", body):
            tones |= {selector.removeprefix(".tone-"): found[1] for selector in selectors.split(", ")}
    return tones


def find_own_grounds() -> dict[str, str]:
    """Return tone -> name of the ground that it brings along, for those that do and that text is drawn in."""
    rules = re.findall(r"^\.tone-([a-z]+) \{([^}]*)\}", STYLES, re.MULTILINE)
    found = {tone: re.search(r"background: \$([a-z]+);", body) for tone, body in rules}
    return {tone: ground[1] for tone, ground in found.items() if ground and tone in list_tones()}


def test_the_tones_are_those_of_the_styles() -> None:
    tones = list_tones()
    assert [tones[tone] for tone in ("pass", "train")] == ["success", "train"]
    assert {"dim", "strong", "here", "warn", "fail", "error", "val", "ood", "trivial", "floor", "hint"} <= set(tones)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_tone_has_contrast_on_every_ground_that_it_is_drawn_on(ui: ModuleType, theme: Theme) -> None:
    least = 7.0 if theme is HIGH_CONTRAST else 4.5
    ground = get_colour(theme, "background")
    grounds = {"background": ground, "surface": get_colour(theme, "surface"), "chosen": get_colour(theme, "chosen")}
    grounds |= {
        f"{name} banner": ground.blend(get_colour(theme, name), share)
        for name, share in (("error", 0.14), ("warning", 0.12), ("success", 0.12))
    }
    for tone, name in list_tones().items():
        if tone in NO_TEXT:
            continue
        own = find_own_grounds().get(tone)
        behinds = {own: get_colour(theme, own)} if own else grounds
        for where, behind in behinds.items():
            if "banner" in where and tone not in ("plain", "strong", "fail", "warn", "pass"):
                continue
            if "banner" in where and tone in ("fail", "warn", "pass") and name != where.partition(" ")[0]:
                continue
            ratio = ui.measure_contrast(get_colour(theme, name), behind)
            assert ratio >= least, f"{theme.name}: {tone} on {where}: {ratio:.2f}"


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_every_tone_is_a_class_with_the_colour_of_the_theme(
    ui: ModuleType, folder: RunFolder, theme: Theme
) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        app.take_theme(theme.name)

        def list_wrong() -> list[str]:
            """The styles follow the theme a moment after it was taken; Textual rounds on its way."""
            wanted = {tone: get_colour(theme, name) for tone, name in list_tones().items() if tone != "plain"}
            found = {tone: app.screen.get_component_styles(f"tone-{tone}").color for tone in wanted}
            return [
                tone
                for tone in wanted
                if any(abs(one - other) > 1 for one, other in zip(found[tone].rgb, wanted[tone].rgb, strict=True))
            ]

        await ui.settle(pilot, lambda: list_wrong() == [])
        assert app.screen.query_one("Banner").has_class("-alarm")


def test_the_measure_is_the_standards(ui: ModuleType) -> None:
    assert ui.measure_contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21.0)
    assert ui.measure_contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)
    assert ui.measure_contrast(get_colour(DARK, "quiet"), get_colour(DARK, "background")) < 4.5  # it can fail


def see(colour: Color, eye: str = "") -> tuple[float, float, float]:
    """Return a colour in CIE L*a*b* as such an eye sees it, by default one that has all cones."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    rows = EYES.get(eye, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    seen = [min(1.0, max(0.0, sum(k * c for k, c in zip(row, linear, strict=True)))) for row in rows]
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        sum(k * c for k, c in zip(row, seen, strict=True)) / white
        for row, white in zip(to_xyz, (0.9505, 1.0, 1.089), strict=True)
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def measure_least_distance(theme: Theme, eye: str) -> float:
    """Return how far apart the two nearest verdicts are: 2 can just be told apart, 20 at a glance."""
    colours = [see(get_colour(theme, name), eye) for name in ("success", "warning", "error")]
    return min(math.dist(one, other) for one, other in combinations(colours, 2))


@pytest.mark.parametrize("eye", EYES)
def test_verdicts_differ_at_a_glance_without_red_and_green(eye: str) -> None:
    assert measure_least_distance(COLOUR_BLIND, eye) >= 25
    assert measure_least_distance(COLOUR_BLIND, eye) > measure_least_distance(DARK, eye)


def test_in_no_theme_does_a_colour_speak_alone() -> None:
    for glyphs in (UNICODE, ASCII):
        marks = [glyphs.of(verdict) for verdict in (*Verdict, None)]
        assert len(set(marks)) == len(marks)


def test_every_theme_has_its_name_in_the_config_and_a_turn() -> None:
    assert {"auto", *(theme.name for theme in THEMES)} == set(THEME_NAMES)
    seen = [DARK.name]
    for _ in range(len(THEMES) - 1):
        seen.append(follow_theme(seen[-1]))
    assert sorted(seen) == sorted(theme.name for theme in THEMES)
    assert follow_theme(seen[-1]) == DARK.name


def test_auto_goes_by_the_terminals_ground() -> None:
    assert choose_theme("auto", {"COLORFGBG": "0;15"}) == LIGHT.name
    assert choose_theme("auto", {"COLORFGBG": "15;0"}) == DARK.name
    assert choose_theme("auto", {}) == DARK.name
    assert choose_theme("high-contrast", {"COLORFGBG": "0;15"}) == "high-contrast"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("eye", EYES)
def test_what_learned_nothing_is_drawn_in_no_verdicts_warning(theme: Theme, eye: str) -> None:
    trivial = see(get_colour(theme, "trivial"), eye)
    for name in ("warning", "error", "primary", "train", "ood"):
        assert math.dist(trivial, see(get_colour(theme, name), eye)) >= 12, name


def test_the_first_runs_that_are_laid_over_are_not_blue_as_this_one_is() -> None:
    colours = dict(re.findall(r"^\.tone-run-(\d) \{ color: (#\w+)", CHART_STYLES, re.MULTILINE))
    assert len(set(colours.values())) == 8
    for theme in THEMES:
        own = see(get_colour(theme, "primary"))
        for number in "123456" if theme.dark else "":
            assert math.dist(own, see(Color.parse(colours[number]))) >= 25, (theme.name, number)
