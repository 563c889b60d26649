"""The text behind each row, as far as an npz knows it: that of every target."""

import gzip
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.original import Half, read_target_texts
from trainer.build.workplace import TEXTS
from trainer.convert.joining import Block


def find_texts(path: Path, half: Half, count: int) -> tuple[NDArray[np.str_] | None, str]:
    """Return the texts of `count` targets, None where there are none that can be used, and why in words."""
    try:
        texts = read_target_texts(path, half)
    except InputError as error:
        return None, f"texts are left out: {error}"
    if texts is not None and len(texts) != count:
        return None, f"texts are left out: {len(texts):,} of them for {count:,} windows"
    return texts, ""


class TextFile:
    """Appends one JSON string per row; "" for a row of which no target is known. Writes nothing without texts."""

    def __init__(self, folder: Path, texts: NDArray[np.str_] | None) -> None:
        """Begin the file; no name and no time in its header, so that the same texts give the same file."""
        self._texts, self._path = texts, folder / TEXTS
        self._raw = None if texts is None else self._path.open("xb")
        self._lines = self._raw and gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)

    def append(self, block: Block) -> None:
        """Write the texts of the rows that a block brings; raises InputError for text that is none."""
        if self._texts is None or self._lines is None:
            return
        known = self._texts[block.index].astype(self._texts.dtype.newbyteorder("="))
        codes = known.view(np.uint32) if known.dtype.itemsize else np.empty(0, np.uint32)
        if codes.max(initial=0) > sys.maxunicode:  # numpy would end in a SystemError
            raise InputError(self._path.name, "target_texts", hex(codes.max()), "characters of Unicode")
        unknown = json.dumps("") + "\n"
        before = block.vectors.shape[1] - 1
        for text, continues in zip(known.tolist(), block.continues, strict=True):
            line = ("" if continues else unknown * before) + json.dumps(text) + "\n"
            self._lines.write(line.encode("ascii"))

    def __enter__(self) -> Self:
        """Write to it in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish both the compressed stream and the file."""
        for stream in (self._lines, self._raw):
            if stream is not None:
                stream.close()
