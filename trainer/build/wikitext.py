"""Wiki markup to plain text, section by section."""

import html
import re

from trainer.build.brackets import render_brackets

UNREAD_SECTIONS = frozenset(
    (
        *("references", "notes", "footnotes", "citations", "sources", "bibliography", "works cited", "literature"),
        *("notes and references", "references and notes", "notes and citations"),
        *("external links", "see also", "further reading", "gallery"),
    )
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNREAD_TAGS = (
    *("ref", "math", "chem", "hiero", "score", "table"),
    *("gallery", "imagemap", "timeline", "source", "syntaxhighlight"),
)
_UNREAD_TAG = re.compile(rf"<({'|'.join(_UNREAD_TAGS)})\b[^<>]*>", re.IGNORECASE)
_CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _UNREAD_TAGS}
_BREAK = re.compile(r"<(?:br|hr|p|/p|li|/li|/div|/blockquote)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
_OUTER_LINK = re.compile(r"\[(?:https?:|ftp:|mailto:)?//[^\s\]]*[ \t]*([^\]\n]*)\]")
_QUOTES = re.compile(r"'{2,5}")
_SWITCH = re.compile(r"__[A-Z]{3,}__")
_HEADING = re.compile(r"^(={1,6})[ \t]*([^\n]+?)[ \t]*\1[ \t]*$", re.MULTILINE)
_EMPTY_BRACKETS = re.compile(r"\([\s,;:\"]{0,80}\)|\[\s{0,80}\]")
_LOOSE_COMMA = re.compile(r"(?<=\()[\s,;]{1,40}|[\s,;]{1,40}(?=\))")
_LOOSE_SPACE = re.compile(r"[ \t\xa0]{1,40}(?=[,.;:\n])")


def split_wikitext(markup: str) -> tuple[str, ...]:
    """Return the text of a page's sections, without tables, notes, pictures and sections that only list references."""
    text = _clean(markup)
    bounds = [*_HEADING.finditer(text)]
    starts = [0, *(heading.end() for heading in bounds)]
    stops = [*(heading.start() for heading in bounds), len(text)]
    headings = [(1, ""), *((len(h.group(1)), h.group(2).strip(" :").lower()) for h in bounds)]
    sections, unread_level = [], 0
    for (level, title), start, stop in zip(headings, starts, stops, strict=True):
        if unread_level and level > unread_level:
            continue
        unread_level = level if title in UNREAD_SECTIONS else 0
        section = "" if unread_level else _read_lines(text[start:stop])
        if section:
            sections.append(section)
    return tuple(sections)


def _clean(markup: str) -> str:
    text = _drop_unread(_COMMENT.sub("", markup))
    text = _OUTER_LINK.sub(r"\1", render_brackets(_BREAK.sub("\n", text)))
    text = _SWITCH.sub("", _QUOTES.sub("", html.unescape(_TAG.sub("", text))))
    text = _LOOSE_COMMA.sub("", _EMPTY_BRACKETS.sub("", text))
    return _LOOSE_SPACE.sub("", text)


def _drop_unread(text: str) -> str:
    """Drop notes, formulas and the like, from tag to tag; where the second is missing the first alone goes later."""
    parts, position, search = [], 0, 0
    unclosed: set[str] = set()  # asked once: a page of opening tags must not be searched to its end for each of them
    while opening := _UNREAD_TAG.search(text, search):
        name, search = opening.group(1).lower(), opening.end()
        if not opening.group().endswith("/>"):
            closing = None if name in unclosed else _CLOSING[name].search(text, search)
            if closing is None:
                unclosed.add(name)
                continue
            search = closing.end()
        parts.append(text[position : opening.start()])
        position = search
    return "".join([*parts, text[position:]])


def _read_lines(section: str) -> str:
    """Drop list markers, and lines that are left over from tables."""
    lines = (line.strip() for line in section.splitlines())
    kept = (line.lstrip("*#:;").strip() for line in lines if not line.startswith(("|", "!", "{|")))
    return "\n".join(line for line in kept if line)
