"""The colour of a log line: light, by what it says; the text itself is never changed."""

import re

from amn_tui.ui.line import Line, Part, Tone
from checks.derived import MAIN_METRIC
from trainer.events import Configured, EpochEnded, Rescored, Saved, Stepped, Stopped, Text, parse_line

LONGEST_EVENT = 8192
LOOKED_AT = 400  # characters of a line that decide its colour
STAMP_CELLS = 21  # with the blank behind it
_TROUBLE = re.compile(r"\b(?:error|exception|traceback|fatal|killed|nan)\b", re.IGNORECASE)
_EPOCH = re.compile(r"\s*(?:Epoch \d+/\d+\s*$|Epoch \d+/\d+:|Train Loss:|Val Loss:)")
_METRIC = re.compile(rf"{MAIN_METRIC}=\S+")


def tone_line(text: str) -> Line:
    """Colour a line lightly by what it says; the text itself is never changed."""
    event = parse_line(text) if len(text) < LONGEST_EVENT else Text(text)
    if isinstance(event, Text):
        start = text[:LOOKED_AT]
        tone = Tone.FAIL if _TROUBLE.search(start) else Tone.STRONG if _EPOCH.match(start) else Tone.PLAIN
        return (Part(text, tone),)
    stamp, rest = Part(text[:STAMP_CELLS], Tone.DIM), text[STAMP_CELLS:]
    match event:
        case EpochEnded():
            found = _METRIC.search(rest)
            if found is None:
                return (stamp, Part(rest, Tone.STRONG))
            return (stamp, Part(rest[: found.start()]), Part(found[0], Tone.VAL), Part(rest[found.end() :]))
        case Stopped():
            return (stamp, Part(rest, Tone.WARN))
        case Stepped() | Configured() | Saved() | Rescored():
            return (Part(text, Tone.DIM),)
