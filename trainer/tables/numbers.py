"""Numbers as people read them."""

import math

MINUS = "−"


def say(value: float, digits: int = 3) -> str:
    """Say a number with so many decimals and a real minus, a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text[1:] if float(text.replace(",", "")) == 0 and text.startswith("-") else text.replace("-", MINUS)


def say_share(value: float) -> str:
    """Say a share in percent."""
    return f"{say(100 * value, 1)} %" if math.isfinite(value) else "–"


def say_change(before: float, after: float, digits: int = 3) -> str:
    """Say the difference of two numbers with its sign, a dash where there is none."""
    change = after - before
    if not math.isfinite(change):
        return "–"
    text = say(change, digits)
    return text if text.startswith(MINUS) or not text.strip("0.,") else f"+{text}"
