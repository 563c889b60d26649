import bz2
from io import BytesIO
from pathlib import Path

import pytest

from checks.errors import InputError
from trainer.build.dump import read_dump, read_pages

DUMP = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><siteinfo><sitename>W</sitename></siteinfo>
<page><title>Kelp</title><ns>0</ns><id>7</id><revision><id>99</id>
<contributor><username>u</username><id>5</id></contributor><text>'''Kelp''' grows &amp; sways.
== Use ==
It is eaten.</text></revision></page>
<page><title>Seaweed</title><ns>0</ns><id>8</id><redirect title="Kelp" /><revision><text>x</text></revision></page>
<page><title>Talk:Kelp</title><ns>1</ns><id>9</id><revision><text>chatter</text></revision></page>
<page><title>List of algae</title><ns>0</ns><id>10</id><revision><text>* Kelp</text></revision></page>
<page><title>Kelp Bay</title><ns>0</ns><id>12</id><revision><text>Two bays.{{disambig|geo}}</text></revision></page>
<page><title>Empty</title><ns>0</ns><id>11</id><revision><text></text></revision></page>
</mediawiki>"""


def test_articles_come_without_redirects_and_talk(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(bz2.compress(DUMP.encode()))
    kelp, listed, bays = read_dump(path)
    assert (kelp.id, kelp.title, kelp.kind) == ("7", "Kelp", "article")
    assert kelp.sections == ("Kelp grows & sways.", "It is eaten.")
    assert (listed.id, listed.kind, listed.sections) == ("10", "list", ("Kelp",))
    assert (bays.kind, bays.sections) == ("disambiguation", ("Two bays.",))
    plain = tmp_path / "dump.xml"
    plain.write_text(DUMP)
    assert list(read_dump(plain)) == [kelp, listed, bays]


@pytest.mark.parametrize("content", [DUMP.encode(), bz2.compress(DUMP.encode())[:-20], b""])
def test_a_broken_bz2_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"dump\.xml\.bz2: found .*, expected a whole MediaWiki dump"):
        list(read_dump(path))


def test_a_dump_cut_short_gives_what_came_before_and_then_says_so() -> None:
    articles = read_pages(BytesIO(DUMP.encode()[:-400]), "cut.xml")
    assert next(articles).title == "Kelp"
    with pytest.raises(InputError, match=r"cut\.xml: found .*no element|cut\.xml: found .*unclosed"):
        list(articles)


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><mediawiki>&b;</mediawiki>'
    with pytest.raises(InputError, match="document type"):
        list(read_pages(BytesIO(bomb), "bomb.xml"))


def test_a_dump_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.xml"):
        list(read_dump(tmp_path / "gone.xml"))
