"""Articles of a MediaWiki XML dump, read as a stream."""

import bz2
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from checks.errors import InputError
from trainer.build.article import Article, judge_kind
from trainer.build.wikitext import split_wikitext

READ_BYTES = 1 << 18
# What the wiki itself says: {{Disambiguation}}, {{disambig|geo}}, {{geodis}}, {{hndis|name}}, ...
_DISAMBIGUATION = re.compile(
    r"\{\{\s*(?:disambig(?:uation)?|dab|(?:geo|hn|mil|math|ship|road|school|letter|number)dis)\s*[|}]", re.IGNORECASE
)


@dataclass(slots=True)
class _Page:
    id: str = ""
    title: str = ""
    namespace: str = ""
    text: str = ""
    redirect: bool = False


@dataclass(slots=True)
class _PageCollector:
    """Gathers pages from expat's events; only the innermost elements that matter are kept."""

    done: list[_Page] = field(default_factory=list)
    page: _Page | None = None
    path: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.parts.clear()
        if name == "page":
            self.page = _Page()
        elif name == "redirect" and self.page:
            self.page.redirect = True

    def end(self, name: str) -> None:
        self.path.pop()
        value = "".join(self.parts)
        self.parts.clear()
        if self.page is None:
            return
        if name == "page":
            self.done.append(self.page)
            self.page = None
        elif self.path[-1:] == ["page"] and name in ("id", "title"):
            setattr(self.page, name, value)
        elif name == "ns":
            self.page.namespace = value
        elif name == "text":
            self.page.text = value


def read_dump(path: Path) -> Iterator[Article]:
    """Yield the articles of a .xml or .xml.bz2 dump, redirects and pages about the wiki left out."""
    try:
        with bz2.open(path) if path.suffix == ".bz2" else path.open("rb") as stream:
            yield from read_pages(stream, str(path))
    except OSError as error:
        raise InputError(path, "", error.strerror or str(error), "a whole MediaWiki dump") from error


def read_pages(stream: IO[bytes], source: str) -> Iterator[Article]:
    """Yield the articles of an open dump; raises InputError when it is not well-formed or declares entities."""
    collector = _PageCollector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.parts.append

    def refuse(name: str, *_: object) -> None:
        # A dump has none; entities are how a small file becomes an endless one.
        raise InputError(source, "", f"a document type {name}", "a MediaWiki dump, which has none")

    parser.StartDoctypeDeclHandler = refuse
    try:
        while block := stream.read(READ_BYTES):
            parser.Parse(block)
            yield from _take_articles(collector)
        parser.Parse(b"", True)
    except (expat.ExpatError, OSError, EOFError) as error:
        raise InputError(source, "", str(error), "a whole MediaWiki dump") from error


def _take_articles(collector: _PageCollector) -> Iterator[Article]:
    pages, collector.done = collector.done, []
    for page in pages:
        if page.namespace in ("", "0") and not page.redirect and page.text:
            yield Article(page.id, page.title, split_wikitext(page.text), _judge_page(page))


def _judge_page(page: _Page) -> str:
    return "disambiguation" if _DISAMBIGUATION.search(page.text) else judge_kind(page.title)
