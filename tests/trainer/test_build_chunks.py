import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import InputError
from trainer.build.article import Article, judge_kind, split_numbers
from trainer.build.chunks import ChunkRule, cut_article, cut_section, cut_words, split_sentences

RULE = ChunkRule(target=60, hard=100, least=10)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One came. Two went.", ["One came.", "Two went."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Dr. Who met Mr. T. Rex at St. Ives.", ["Dr. Who met Mr. T. Rex at St. Ives."]),
        ("It cost 3.5 pounds, e.g. In May. Then less.", ["It cost 3.5 pounds, e.g. In May.", "Then less."]),
        ("no capital. here it goes on", ["no capital. here it goes on"]),
        ("It was 1848. 1849 came.", ["It was 1848.", "1849 came."]),
        ("Été. Ça va. être.", ["Été.", "Ça va. être."]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_a_sentence_joins_when_that_brings_the_chunk_nearer_to_the_target() -> None:
    first, second, third = "A" * 39 + ".", "B" * 29 + ".", "C" * 69 + "."
    # 40, then 71 is 11 off where 40 is 20 off: joined. 71 and 70 more are beyond the hard limit: not joined.
    assert cut_section(f"{first} {second} {third}", RULE) == [f"{first} {second}", third]
    # 40 alone is 20 off, 40 + 1 + 40 is 21 off: not joined.
    assert cut_section(f"{first} {'D' * 39}.", RULE) == [first, "D" * 39 + "."]


def test_a_long_sentence_is_cut_between_words_and_short_pieces_are_dropped() -> None:
    chunks = cut_section("word " * 50 + ".", RULE)
    assert all(len(chunk) <= RULE.hard for chunk in chunks)
    assert " ".join(chunks).split() == ["word"] * 50 + ["."]
    assert cut_section("Too short", RULE) == []
    assert list(cut_words("x" * 250, 100)) == ["x" * 100, "x" * 100, "x" * 50]


def test_no_chunk_crosses_a_section_and_lines_end_sentences() -> None:
    article = Article("1", "A", ("first section here", "second section here"))
    assert cut_article(article, RULE) == ["first section here", "second section here"]
    assert cut_section("a first line\na second line", RULE) == ["a first line a second line"]
    assert cut_section("x" * 50 + "\n" + "y" * 50, RULE) == ["x" * 50, "y" * 50]


@given(st.lists(st.text(alphabet="ab .!?A1\n\"'", max_size=200), max_size=4))
def test_whatever_the_text_lengths_hold_and_words_keep_their_order(sections: list[str]) -> None:
    rule = ChunkRule(target=20, hard=30, least=1)
    for section in sections:
        chunks = cut_section(section, rule)
        assert all(1 <= len(chunk) <= 30 for chunk in chunks)
        assert "".join("".join(chunks).split()) == "".join(section.split())


@pytest.mark.parametrize("lengths", [(0, 100, 0), (50, 40, 10), (50, 100, 60)])
def test_lengths_that_cannot_be_met_are_refused(lengths: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="--chunk-min <= --chunk-target <= --chunk-max"):
        ChunkRule(*lengths)


@pytest.mark.parametrize(
    ("title", "kind"),
    [("Autism", "article"), ("Ada (disambiguation)", "disambiguation"), ("List of things", "list"),
     ("Lists of lists", "list"), ("Listing", "article"), ("Outline of physics", "list")],
)  # fmt: skip
def test_kinds(title: str, kind: str) -> None:
    assert judge_kind(title) == kind


def test_numbers_in_names_sort_by_value() -> None:
    assert sorted(["c_10", "c_9", "c_1", "d"], key=split_numbers) == ["c_1", "c_9", "c_10", "d"]
    assert sorted(["10", "a", "9"], key=split_numbers) == ["9", "10", "a"]
