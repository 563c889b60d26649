"""Sound inputs, changed anywhere in any way: every reader answers or refuses in one line, and takes no memory."""

import resource
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_targets import TARGETS, list_seeds

Happened = Callable[[str], None]
ROWS = {"log": 32, "record": 32, "plan": 56, "npz": 62, "checkpoint": 65}
LONG = [b"9" * 5000, b"[" * 300, b".a" * 90, b"\xff", b"\x00", b"\x1b]0;", b"\n"]
# What the inputs of each target would better not hold; beside LONG.
WORDS = {
    "log": [b"\r", b"nan", b"-inf", b"1e999", b"Epoch ", b" done ", b"="],
    "record": [b"null", b"NaN", b"1e999", b'"nan"', b"{}", b"true", b"-1", b'"\\ud800"'],
    "plan": [
        *(b"nan", b"-inf", b"true", b"[[gates]]", b"\n[run]\n", b'"', b"'", b"1e999", b"\\u001b", b"at = 0\n"),
        *(b"every = 1\n", b"1979-05-27", b"{x=1}", b"=", b"name", b"0x1F"),
    ],
    "npz": [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\xff" * 4, b"\x93NUMPY", b"|O", b"(3,", b"..", b"V9", b"-1"],
    "checkpoint": [b"\xff" * 8, b"null", b"{", b'"version"', b"1e999", b"NaN", b"\\u0000", b"-1"],
}


@st.composite
def changed(draw: st.DrawFn, target: str) -> bytes:
    """Draw a sound input with some of its bytes taken out, doubled, or replaced by others."""
    data = draw(st.sampled_from(list_seeds(target)))
    piece = st.sampled_from(LONG + WORDS[target]) | st.binary(max_size=6)
    for _ in range(draw(st.integers(0, 6))):
        at, taken = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        kept = draw(st.booleans())
        data = data[:at] + draw(piece) + (data[at:] if kept else data[at + taken :])
    return data


@pytest.mark.slow
@pytest.mark.parametrize("target", [pytest.param(name, marks=pytest.mark.fault(row)) for name, row in ROWS.items()])
def test_any_input_is_answered_or_refused_in_one_line(
    target: str, happened: Happened, tried: Callable[[int], None]
) -> None:
    count = 0

    @settings(max_examples=1000, database=None)
    @given(changed(target) | st.binary(max_size=200))
    def feed(data: bytes) -> None:
        nonlocal count
        count += 1
        TARGETS[target](data)

    for seed in list_seeds(target):
        TARGETS[target](seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    feed()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 60
    tried(count)
    happened(f"{count:,} changed inputs: answered or refused, {grown:.0f} MB more memory")
