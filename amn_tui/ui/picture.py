"""The screen as a picture: an SVG that needs nothing from elsewhere, and a PNG where cairosvg is installed."""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

MOST_OF_ONE_NAME = 1000


def use_own_fonts(svg: str) -> str:
    """Leave out the fonts that a picture would load from elsewhere; any monospaced font of the reader's will do."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(
        r"font-family: [^;]*(?=;\s*font-size)", "font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace", svg
    )


def choose_folder(environment: Mapping[str, str]) -> Path:
    """Return where pictures go: $XDG_PICTURES_DIR where that is a folder, else the working directory."""
    named = environment.get("XDG_PICTURES_DIR", "")
    return Path(named) if named and Path(named).is_dir() else Path.cwd()


def save_picture(svg: str, run: str, at: datetime, folder: Path) -> list[Path]:
    """Write amn-tui-RUN-TIME.svg and, where cairosvg is installed, .png; return what was written.

    Nothing is overwritten: a name that is taken gets a number. Raises OSError.
    """
    name = f"amn-tui-{re.sub(r'[^A-Za-z0-9._-]+', '-', run)[:80].strip('.-') or 'run'}-{at:%Y%m%dT%H%M%S}"
    path = _write_new(folder, name, use_own_fonts(svg).encode("utf-8", "replace"))
    raw = _draw_png(path)
    if raw is None:
        return [path]
    png = path.with_suffix(".png")
    with png.open("xb") as file:
        file.write(raw)
    return [path, png]


def _write_new(folder: Path, name: str, raw: bytes) -> Path:
    for number in range(1, MOST_OF_ONE_NAME):
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}.svg"
        if path.with_suffix(".png").exists():
            continue
        try:
            with path.open("xb") as file:
                file.write(raw)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, os.strerror(17), str(folder / name))


def _draw_png(svg: Path) -> bytes | None:
    try:
        import cairosvg
    except (ImportError, OSError):  # not installed, or without the library that it draws with
        return None
    drawn = cairosvg.svg2png(bytestring=svg.read_bytes(), scale=1.5)
    return drawn if isinstance(drawn, bytes) else None
