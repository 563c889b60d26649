"""Numbers and times in words: the same digits everywhere, so that columns stand still."""

import math

NOTHING = "-"
UNITS = ("B", "kB", "MB", "GB", "TB")


def format_duration(seconds: float | None) -> str:
    """Return 0:42, 52:13, 3:07:40 or 2d 04:10:00."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_number(value: float | None, digits: int = 4) -> str:
    """Return a number with fixed decimals, or with three significant digits where those would say nothing."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        return f"{value:.2e}".replace("e-0", "e-").replace("e+0", "e+")
    return f"{value:.{digits}f}"


def format_against(value: float | None, bounds: tuple[float | None, ...]) -> str:
    """Return a value with as many digits as it takes to see on which side of its bounds it lies."""
    if value is None or not math.isfinite(value):
        return format_number(value)
    near = any(bound is not None and bound != value and round(value, 4) == round(bound, 4) for bound in bounds)
    if abs(value) >= 1e6 or (value and abs(value) < 1e-4 and not near):
        return format_number(value)
    return f"{value:.6f}" if near else str(int(value)) if value == int(value) else f"{value:.4f}"


def format_bound(value: float) -> str:
    """Return a bound with no more digits than it has: none, or two to four."""
    if value == int(value) or (abs(value) < 1e-3 and value != round(value, 5)):
        return format_number(value)
    if abs(value) < 1e-3:
        return f"{value:.5f}".rstrip("0")
    return f"{value:.2f}" if value == round(value, 2) else f"{value:.4f}".rstrip("0")


def format_count(value: float | None) -> str:
    """Return a whole number with thousands separated."""
    return NOTHING if value is None else f"{value:,.0f}" if math.isfinite(value) else str(value)


def format_bytes(value: float | None) -> str:
    """Return 512 B, 3.4 MB, 41 GB; decimal units, as disks and most monitors count."""
    if value is None or not math.isfinite(value):
        return NOTHING
    power = min(4, max(0, (len(str(int(abs(value)))) - 1) // 3))
    scaled = value / 1000**power
    return f"{scaled:.1f} {UNITS[power]}" if power and abs(scaled) < 10 else f"{scaled:.0f} {UNITS[power]}"


def format_share(value: float | None) -> str:
    """Return 0 to 1 as percent."""
    if value is None or not math.isfinite(value):
        return NOTHING if value is None else str(value)
    return f"{100 * value:.0f} %"


def format_about(seconds: float) -> str:
    """Return a time as one says it, so coarse that it seldom changes: about 40 s, about 3 min, about 2.5 h."""
    if seconds < 55:
        return f"about {max(10, 10 * math.ceil(seconds / 10))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 1800) / 2:g} h"
