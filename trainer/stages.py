"""Stages of a curriculum as flags give them: SHARE@EPOCH, the share of the windows that is trained on from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from checks.errors import InputError

STAGE = r"(?!0?\.0+@)(1(\.0{1,9})?|0?\.[0-9]{1,9})@[1-9][0-9]{0,6}"
STAGES = "stages SHARE@EPOCH, such as 0.3@1: shares above 0 and up to 1, epochs from 1 on"


@dataclass(frozen=True, slots=True)
class Stage:
    """From `epoch` on the most coherent `share` of the windows is trained on, 0 < share <= 1."""

    share: float
    epoch: int


def read_stages(texts: Sequence[str], source: Path | str, key: str) -> tuple[Stage, ...]:
    """Return the stages of ("0.3@1", "1.0@11"), each as STAGE has it; none of none.

    Raises InputError naming `source` and `key` unless they begin with epoch 1, epochs rise, and shares do not fall: a
    window that is left out again is forgotten again.
    """
    stages = tuple(Stage(float(share), int(epoch)) for share, _, epoch in (text.partition("@") for text in texts))
    if stages and stages[0].epoch != 1:
        raise InputError(source, key, texts[0], "a first stage that begins at epoch 1")
    for (before, text_before), (after, text) in pairwise(zip(stages, texts, strict=True)):
        if after.epoch <= before.epoch:
            raise InputError(source, key, text, f"epochs that rise: a later one than in {text_before}")
        if after.share < before.share:
            raise InputError(
                source, key, text, f"a share that does not fall below {text_before}: left out again is forgotten again"
            )
    return stages
