"""Templates, tables and links of wiki markup: what a reader sees of them, in one pass over the brackets."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Render = Callable[[list[str]], str]
_BRACKET = re.compile(r"\{\{|\}\}|\{\||\|\}(?!\})|\[\[|\]\]")
_NAMED = re.compile(r"[\w\s-]{1,30}=")
_PAIRS = {"}}": "{{", "|}": "{|", "]]": "[["}
_SPANS = frozenset(("-", "–", "to", "and", "by", "x", "or"))
_UNREAD_SPACES = frozenset(
    ("file", "image", "media", "category", "wikipedia", "template", "portal", "help", "special", "commons")
)


@dataclass(slots=True)
class _Open:
    bracket: str
    parts: list[str] = field(default_factory=list)


def render_brackets(text: str) -> str:
    """Replace templates, tables and links by what a reader sees of them; a bracket without its partner is dropped."""
    stack, position = [_Open("")], 0
    for match in _BRACKET.finditer(text):
        stack[-1].parts.append(text[position : match.start()])
        position = match.end()
        token = match.group()
        if token not in _PAIRS:
            stack.append(_Open(token))
        elif any(opened.bracket == _PAIRS[token] for opened in stack):
            while stack[-1].bracket != _PAIRS[token]:
                _unwind(stack)
            closed = stack.pop()
            stack[-1].parts.append(_RENDER[closed.bracket]("".join(closed.parts)))
    stack[-1].parts.append(text[position:])
    while len(stack) > 1:
        _unwind(stack)
    return "".join(stack[0].parts)


def _unwind(stack: list[_Open]) -> None:
    stray = stack.pop()
    stack[-1].parts.extend(stray.parts)


def _render_link(body: str) -> str:
    target, _, label = body.partition("|")
    prefix, colon, rest = target.partition(":")
    if colon and prefix.lower() in _UNREAD_SPACES:
        return ""
    if label:
        return label.rpartition("|")[2]
    # [[de:Anarchismus]] points at the same page in another language and is not shown in the text.
    return "" if colon and prefix.islower() and not rest.startswith(" ") else target.lstrip(":")


def _render_template(body: str) -> str:
    name, *parts = (part.strip() for part in body.split("|"))
    values = [part for part in parts if not _NAMED.match(part)]
    render = _TEMPLATES.get(name.lower())
    return render(values) if render and values else _SIGNS.get(name.lower(), "")


def _pick(number: int) -> Render:
    return lambda values: values[min(number, len(values) - 1)]


def _render_convert(values: list[str]) -> str:
    kept = values[:4] if len(values) > 3 and values[1] in _SPANS else values[:2]
    return " ".join(kept)


_SIGNS = {"nbsp": " ", "·": " · ", "•": " • ", "'s": "'s", "'": "'", "pipe": "|", "!": "|", "ndash": "–", "mdash": "—"}
_FIRST_VALUE = (
    *("nowrap", "small", "smaller", "big", "smallcaps", "sc", "vanchor", "visible anchor", "abbr", "angbr", "sic"),
    *("nihongo", "quote", "cquote", "blockquote", "nts", "val", "vr", "keypress"),
)
_TEMPLATES: dict[str, Render] = {
    **dict.fromkeys(_FIRST_VALUE, _pick(0)),
    **dict.fromkeys(("lang", "transl"), _pick(1)),
    **dict.fromkeys(("convert", "cvt"), _render_convert),
    "chem": "".join,
    "frac": "/".join,
    "as of": lambda values: "As of " + " ".join(values),
}
_RENDER: dict[str, Callable[[str], str]] = {"{{": _render_template, "{|": lambda _: "", "[[": _render_link}
