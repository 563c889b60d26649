"""The recording is an SVG whose text is text, each row of a picture shown from when to when it was there."""

import xml.etree.ElementTree as ET

import pyte

from docs.record import MOST_FRAMES, Frame, animate, draw_svg, thin_out


def picture(at_s: float, *lines: str) -> Frame:
    screen = pyte.Screen(120, 40)
    pyte.Stream(screen).feed("\r\n".join(lines))
    return Frame(at_s, tuple(tuple(screen.buffer[y][x] for x in range(120)) for y in range(40)))


def test_what_stays_is_drawn_once_and_what_changes_moves_on() -> None:
    svg = draw_svg([picture(0.0, "stays <&>", "\x1b[31mone"), picture(0.5, "stays <&>", "\x1b[31;7mtwo")])
    words = [text.text or "" for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert [word.strip() for word in words] == ["stays <&>", "one", "two"]
    assert svg.count("@keyframes") == 2
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_row_is_seen_from_its_beginning_to_its_end() -> None:
    assert "{0.000%{visibility:visible}50.000%{visibility:hidden}}" in animate(0, 0.0, 0.5)
    assert "{0.000%{visibility:hidden}50.000%{visibility:visible}}" in animate(1, 0.5, 1.0)


def test_a_long_recording_is_thinned_out_and_keeps_its_end() -> None:
    frames = [picture(number / 2, str(number)) for number in range(200)]
    kept = thin_out(frames)
    assert len(kept) <= MOST_FRAMES
    assert kept[-3:] == frames[-3:]
    assert thin_out(frames[:5]) == frames[:5]
