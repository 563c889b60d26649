"""Memory that drawing takes: the styles that are drawn with are few, and what a click does is still in them."""

from types import ModuleType

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from amn_tui.run.folder import RunFolder
from amn_tui.ui.placeless import PlacelessStyles

RED = Style(color="red", bold=True)


def test_equal_styles_in_different_places_become_one() -> None:
    lines = [Segment("x", RED + Style.from_meta({"offset": (0, row)})) for row in range(100)]
    drawn = PlacelessStyles().apply(lines, Color(0, 0, 0))
    assert {id(segment.style) for segment in drawn} == {id(drawn[0].style)}
    assert drawn[0] == Segment("x", RED)


def test_what_is_more_than_a_place_stays() -> None:
    kept = [
        Segment("x", RED + Style.from_meta({"offset": (0, 1), "@click": "leave"})),
        Segment("x", RED),
        Segment("x", None),
    ]
    assert PlacelessStyles().apply(kept, Color(0, 0, 0)) == kept


async def test_no_line_of_the_log_has_a_style_of_its_own(ui: ModuleType, folder: RunFolder) -> None:
    folder.log.write_text("".join(f"line {number}\n" for number in range(99)))
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(120, 100)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("z")
        await ui.settle(pilot, lambda: "line 50" in ui.read_screen(app))
        strips = app.screen._compositor.render_strips(app.size)
        styles = {segment.style for strip in strips for segment in strip if segment.style is not None}
        assert sum("line " in strip.text for strip in strips) > 40
        assert len(styles) < 40
        assert not any(style.meta for style in styles)
