"""Articles of a person's own text: a folder of .txt files, a .jsonl file, or a MediaWiki dump."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.errors import InputError
from trainer.build.article import Article, judge_kind, split_numbers
from trainer.build.dump import read_dump

KINDS = ("article", "disambiguation", "list")
_SECTION_BREAK = re.compile(r"\n[ \t]*\n[ \t]*\n|\f")


def open_text(path: Path) -> Iterator[Article]:
    """Yield the articles at a path in order; raises InputError when it is none of the three."""
    if path.is_dir():
        return _read_folder(path)
    if path.is_file() and path.suffix == ".jsonl":
        return _read_jsonl(path)
    if path.is_file() and path.name.endswith((".xml", ".xml.bz2")):
        return read_dump(path)
    found = "nothing" if not path.exists() else path.name
    raise InputError(f"--text {path}", "", found, "a folder of .txt files, a .jsonl file, or a dump: .xml, .xml.bz2")


def _read_folder(folder: Path) -> Iterator[Article]:
    """Two empty lines or a form feed start a new section."""
    paths = sorted(folder.rglob("*.txt"), key=lambda path: split_numbers(path.as_posix()))
    if not paths:
        raise InputError(folder, "", "no .txt file", "at least one, in the folder or below it")
    for path in paths:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(path, "", str(error), "text in UTF-8") from error
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield Article(name, path.stem, _split_sections(text), judge_kind(path.stem))


def _split_sections(text: str) -> tuple[str, ...]:
    return tuple(section for section in _SECTION_BREAK.split(text) if section.strip())


def _read_jsonl(path: Path) -> Iterator[Article]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse_line(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "", str(error), "JSON lines in UTF-8") from error


def _parse_line(path: Path, number: int, line: str) -> Article:
    where = f"{path}:{number}"
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(where, "", str(error), "a JSON object") from error
    if not isinstance(record, dict):
        raise InputError(where, "", type(record).__name__, 'an object with "text" or "sections"')
    title = _take(where, record, "title", (str,), f"line {number}")
    kind = _take(where, record, "kind", (str,), judge_kind(title))
    if kind not in KINDS:
        raise InputError(where, "kind", kind, f"one of {', '.join(KINDS)}")
    identity = str(_take(where, record, "id", (str, int), str(number)))
    return Article(identity, title, _take_sections(where, record), kind)


def _take_sections(where: str, record: dict[str, Any]) -> tuple[str, ...]:
    if ("text" in record) == ("sections" in record):
        raise InputError(where, "", f"the keys {', '.join(sorted(record))}", 'exactly one of "text" and "sections"')
    if "text" in record:
        return _split_sections(_take(where, record, "text", (str,), ""))
    sections = record["sections"]
    if not isinstance(sections, list) or not all(isinstance(section, str) for section in sections):
        raise InputError(where, "sections", type(sections).__name__, "a list of strings")
    return tuple(section for section in sections if section.strip())


def _take(where: str, record: dict[str, Any], key: str, types: tuple[type, ...], default: str) -> Any:
    value = record.get(key, default)
    if not isinstance(value, types) or isinstance(value, bool):
        raise InputError(where, key, value, " or ".join(kind.__name__ for kind in types))
    return value
