"""The command line of `python -m trainer.build`, which `amn-tui data build` passes on as it is."""

import argparse
import json
import re
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from checks.errors import InputError
from trainer.build.archive import read_members
from trainer.build.article import Article
from trainer.build.chunks import ChunkRule
from trainer.build.encoder import hash_file
from trainer.build.package import PACKAGES, open_package
from trainer.build.recipe import Recipe
from trainer.build.text import open_text
from trainer.build.vectors import DTYPES

PROGRAM = "amn-tui data build"
EXAMPLES = """examples:
  amn-tui data build --text notes/ --encoder sentence-transformers/all-mpnet-base-v2 --output notes-table
  pip download gensim==4.4.0 --no-deps
  amn-tui data build --package gensim-enwiki --from gensim-4.4.0-*.whl --encoder ./all-mpnet-base-v2 --output wikipedia

A build that was stopped goes on where it was when the same command is given again."""


def parse_arguments(argv: Sequence[str] | None) -> Namespace:
    """Read the command line; wrong usage ends the process with exit code 2."""
    parser = ArgumentParser(
        prog=PROGRAM,
        description="Build a table of vectors from text.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_text_flags(parser)
    _add_encoder_flags(parser)
    arguments = parser.parse_args(argv)
    if bool(arguments.package) != bool(arguments.archive):
        parser.error("--package and --from go together: which package, and the archive that was fetched")
    return arguments


def _add_text_flags(parser: ArgumentParser) -> None:
    text = parser.add_argument_group("the text")
    which = text.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--text", type=Path, metavar="PATH", help="a folder of .txt files, a .jsonl of {id, title, text | sections}, "
        "or a MediaWiki dump .xml.bz2"
    )  # fmt: skip
    fetches = "; ".join(f"{package.name}: {package.fetch}" for package in PACKAGES.values())
    which.add_argument("--package", choices=sorted(PACKAGES), help=f"text that a package carries ({fetches})")
    text.add_argument("--from", dest="archive", type=Path, metavar="FILE", help="that package's .whl, .tgz or .deb")
    text.add_argument("--articles", default="", metavar="ID,ID", help="only the articles with these ids")
    text.add_argument("--limit", type=_count, default=0, metavar="N", help="only the first N articles")
    rule = ChunkRule()
    text.add_argument("--chunk-target", type=_count, default=rule.target, metavar="N", help="%(default)s characters")
    text.add_argument("--chunk-max", type=_count, default=rule.hard, metavar="N", help="%(default)s characters")
    text.add_argument("--chunk-min", type=_count, default=rule.least, metavar="N", help="%(default)s characters")
    text.add_argument("--licence", help="of your own text, for the manifest")
    text.add_argument("--attribution", help="of your own text, for the manifest")


def _add_encoder_flags(parser: ArgumentParser) -> None:
    made = parser.add_argument_group("the table")
    made.add_argument("--encoder", required=True, metavar="NAME_OR_PATH", help="any sentence-transformers model")
    made.add_argument("--encoder-name", default="", metavar="NAME", help="what the manifest calls it")
    made.add_argument("--output", required=True, type=Path, metavar="DIR", help="the table's folder")
    made.add_argument("--name", default="", help="what the manifest calls the table (default: the folder's name)")
    made.add_argument("--dtype", choices=DTYPES, default="float16", help="of the stored vectors (default: %(default)s)")
    made.add_argument("--batch-size", type=_count, default=32, metavar="N", help="default: %(default)s")
    made.add_argument("--device", help="cpu, cuda, mps (default: the fastest there is)")
    made.add_argument("--threads", type=_count, metavar="N", help="CPU threads (default: torch's)")
    made.add_argument("--restart", action="store_true", help="begin anew instead of going on with a stopped build")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def compose_recipe(arguments: Namespace, argv: Sequence[str]) -> Recipe:
    """Return what the command line asks to build; raises InputError when a file of it is not there."""
    package = PACKAGES.get(arguments.package or "")
    return Recipe(
        name=arguments.name or arguments.output.resolve().name,
        source=_describe_source(arguments),
        encoder=arguments.encoder,
        encoder_name=arguments.encoder_name,
        dtype=arguments.dtype,
        rule=ChunkRule(arguments.chunk_target, arguments.chunk_max, arguments.chunk_min),
        articles=tuple(part.strip() for part in arguments.articles.split(",") if part.strip()),
        limit=arguments.limit,
        licence=arguments.licence or (package.licence if package else None),
        attribution=arguments.attribution or (package.attribution if package else None),
        command=shlex.join([*PROGRAM.split(), *(part for part in argv if part != "--restart")]),
    )


def open_articles(arguments: Namespace) -> Iterator[Article]:
    """Yield the articles that the command line names."""
    if arguments.package:
        return open_package(arguments.package, arguments.archive)
    return open_text(arguments.text)


def _describe_source(arguments: Namespace) -> dict[str, Any]:
    if not arguments.package:
        return {"text": arguments.text.name}
    package, archive = PACKAGES[arguments.package], arguments.archive
    if not archive.is_file():
        raise InputError("--from", "", str(archive), f"the package's archive, fetched with: {package.fetch}")
    return {
        "title": package.title,
        "package": package.name,
        "archive": archive.name,
        "version": read_version(archive),
        "member": package.member,
        "fetched_with": package.fetch,
        "archive_sha256": hash_file(archive),
    }


def read_version(archive: Path) -> str | None:
    """Return a package's version: from package.json inside a .tgz, from the file's name else; None when unknown."""
    if archive.suffix in (".tgz", ".gz"):
        for _, content in read_members(archive, "package/package.json"):
            return _read_version_field(content)
    match = re.match(r"[^-_]+(?:-[^-_]+)*?[-_]([0-9][^-_]*)", archive.name)
    return match.group(1) if match else None


def _read_version_field(content: bytes) -> str | None:
    try:
        package = json.loads(content)
    except ValueError:
        return None
    version = package.get("version") if isinstance(package, dict) else None
    return version if isinstance(version, str) else None
