import time

import pytest

from trainer.build.brackets import render_brackets
from trainer.build.wikitext import split_wikitext

PAGE = """{{Infobox lighthouse
| name = Kap {{nowrap|Nord}}
| height = {{convert|21|m|ft}}
}}
[[File:Tower.jpg|thumb|left|The [[lantern]] at night, by [[A. Painter|Painter]].]]
'''Kap Nord''' ({{IPA|kap}}; {{lang|de|Nordkap}}) is a ''[[lighthouse]]'' on the [[Sea|northern]] coast.<ref name="a">{{
cite
| title = Lights
| page = 3 }}</ref> It is {{convert|21|m|ft}} tall.<ref name="a"/> See
[http://example.org the keeper's page].
<!-- nobody reads this -->
== History ==
It was lit in 1848&nbsp;&ndash; by lamp oil.
* First keeper: [[Anna]]
* Second keeper: ''Bert''
=== War ===
The lamp was dark{{citation needed|date=May 2016}} for 5<sup>th</sup> year.
{| class="wikitable"
! Year !! Ships
|-
| 1914 || 3
|}
After the table.
== References ==
{{reflist}}
=== Notes on references ===
Nobody reads this either.
== Today ==
It is a museum.
[[Category:Lighthouses]]
[[de:Nordkap]]
"""


def test_a_page_becomes_the_sections_that_a_reader_sees() -> None:
    assert split_wikitext(PAGE) == (
        "Kap Nord (Nordkap) is a lighthouse on the northern coast. It is 21 m tall. See\nthe keeper's page.",
        "It was lit in 1848\xa0– by lamp oil.\nFirst keeper: Anna\nSecond keeper: Bert",
        "The lamp was dark for 5th year.\nAfter the table.",
        "It is a museum.",
    )


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("a [[b]] c", "a b c"),
        ("[[b|c]] [[:Category:D]] [[Image:x.png|thumb|y]]", "c Category:D "),
        ("[[fr:Chat]] [[wikt:cat|cat]] [[Star Wars: A New Hope]]", " cat Star Wars: A New Hope"),
        ("{{unknown|a|b}}x{{small|{{lang|la|ave}}}}", "xave"),
        ("{{convert|3|to|5|km|mi}} {{chem|H|2|O}} {{frac|1|2}} {{as of|2016|4}}", "3 to 5 km H2O 1/2 As of 2016 4"),
        ("{{quote|text=x|Cited.}} a{{·}}b", "Cited. a · b"),
        ("{| class=x\n| {{a}} [[b]]\n|} after", " after"),
        ("open {{ never [[ closed {| here", "open  never  closed  here"),
        ("closed }} never ]] open |} here", "closed  never  open  here"),
        ("crossed {{ a [[ b }} c ]]", "crossed  c "),
        ("{{a|}}b", "b"),
        ("{{}} {{lang}}", " "),
    ],
)
def test_brackets(markup: str, seen: str) -> None:
    assert render_brackets(markup) == seen


@pytest.mark.parametrize("markup", ["", "{{stub}}", "== Only a heading ==", "#REDIRECT", "== See also ==\n* x"])
def test_a_page_without_text_has_no_section(markup: str) -> None:
    assert split_wikitext(markup) in ((), ("REDIRECT",))


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["{{", "[[", "{|", "}}", "[[a|", "{{a|b", "'", "<ref>", "( ", "<!--", "=", "&lt;"])
def test_hostile_markup_costs_its_length(piece: str) -> None:
    started = time.perf_counter()
    split_wikitext(piece * 20_000)
    assert time.perf_counter() - started < 5
