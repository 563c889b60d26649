import json
from pathlib import Path
from typing import Any

import pytest

from checks.errors import InputError
from trainer.build.article import Article
from trainer.build.text import open_text


def test_a_folder_of_texts_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "10.txt").write_text("Ten.")
    (tmp_path / "part" / "9.txt").write_text("Nine.\n\nStill the first.\n\n\nA second.\fA third.\n\n\n \n")
    (tmp_path / "List of parts.txt").write_text("9, 10")
    (tmp_path / "ignored.md").write_text("no")
    assert list(open_text(tmp_path)) == [
        Article("List of parts", "List of parts", ("9, 10",), "list"),
        Article("part/9", "9", ("Nine.\n\nStill the first.", "A second.", "A third.")),
        Article("part/10", "10", ("Ten.",)),
    ]


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    records: list[dict[str, Any]] = [
        {"id": 3, "title": "T", "text": "One.\n\n\nTwo."},
        {"sections": ["a", " ", "b"], "kind": "disambiguation"},
    ]
    path.write_text("\n\n".join(json.dumps(record) for record in records) + "\n")
    assert list(open_text(path)) == [
        Article("3", "T", ("One.", "Two.")),
        Article("3", "line 3", ("a", "b"), "disambiguation"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "texts.jsonl:1: found"),
        ("[1]", "found 'list', expected an object"),
        ("{}", 'exactly one of "text" and "sections"'),
        ('{"text": "a", "sections": []}', 'exactly one of "text" and "sections"'),
        ('{"text": 1}', "text: found 1, expected str"),
        ('{"sections": "a"}', "sections: found 'str', expected a list of strings"),
        ('{"sections": [1]}', "expected a list of strings"),
        ('{"text": "a", "kind": "song"}', "kind: found 'song', expected one of article"),
        ('{"text": "a", "id": true}', "id: found True"),
        ('{"text": "a", "title": null}', "title: found None"),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_number(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match=r".*texts\.jsonl:1") as caught:
        list(open_text(path))
    assert told in str(caught.value)


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    for name in ("gone", "a.pdf"):
        if name != "gone":
            (tmp_path / name).touch()
        with pytest.raises(InputError, match=r"a folder of \.txt files"):
            open_text(tmp_path / name)
    with pytest.raises(InputError, match=r"found 'no \.txt file'"):
        list(open_text(tmp_path))
    for name in ("latin.txt", "latin.jsonl"):
        (tmp_path / name).write_bytes(b"caf\xe9")
        with pytest.raises(InputError, match="in UTF-8"):
            list(open_text(tmp_path if name.endswith("txt") else tmp_path / name))


def test_a_dump_is_recognised_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    path.write_text("<m><page><title>A</title><id>1</id><text>Hi.</text></page></m>")
    assert list(open_text(path)) == [Article("1", "A", ("Hi.",))]
