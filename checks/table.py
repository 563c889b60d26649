"""Tables of vectors on disk: a folder with one row per chunk of text, article by article.

manifest.json   who encoded what: encoder, revision, weights_sha256, pooling, normalized, probes, dim, rows, ...
vectors.npy     (M, D) float32, float16, or int8 with scales.npy
scales.npy      (M,) float32, only beside int8: vector = row * scale
offsets.npy     (A + 1,) int64: article a is rows offsets[a] to offsets[a + 1]
articles.jsonl  one line per article: {"id", "title", "kind"}
texts.jsonl.gz  optional, one JSON string per row: the text behind each vector, "" where it is not known
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError

Floats: TypeAlias = NDArray[np.floating[Any]]
BLOCK_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Table:
    """Vectors with article boundaries; `stored` is memory-mapped (M, D), `offsets` (A + 1,) int64.

    A sample of a folder's articles says in `articles` (A,) which ones they are; None is all of them.
    """

    path: Path
    stored: NDArray[Any]
    scales: NDArray[np.float32] | None
    offsets: NDArray[np.int64]
    manifest: dict[str, Any]
    articles: NDArray[np.int64] | None = None

    @property
    def rows(self) -> int:
        """Return M, the number of vectors."""
        return int(self.stored.shape[0])

    @property
    def dim(self) -> int:
        """Return D, the length of a vector."""
        return int(self.stored.shape[1])

    @property
    def article_of_row(self) -> NDArray[np.int32]:
        """Return the article number of every row, (M,) int32."""
        sizes = np.diff(self.offsets)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
        """Return rows start to stop as float32 (rows, D), as stored: nothing is normalised."""
        rows = np.asarray(self.stored[start:stop], dtype=np.float32)
        return rows if self.scales is None else rows * self.scales[start:stop, None]

    def take(self, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the rows of an index of any shape as float32 (*index.shape, D)."""
        rows = np.asarray(self.stored[index], dtype=np.float32)
        return rows if self.scales is None else rows * self.scales[index][..., None]

    def read_blocks(self, rows: int = BLOCK_ROWS) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield (first row, block) so that a table larger than memory can be streamed."""
        for start in range(0, self.rows, rows):
            yield start, self.read(start, min(start + rows, self.rows))

    def read_ids(self) -> list[str]:
        """Return every article's id, in order; empty where none is written."""
        return [str(article.get("id", "")) for article in self._read_articles()]

    def read_titles(self) -> list[str]:
        """Return every article's title, in order."""
        return [str(article.get("title", "")) for article in self._read_articles()]

    def read_kinds(self) -> list[str]:
        """Return every article's kind: article, disambiguation or list."""
        return [str(article.get("kind", "article")) for article in self._read_articles()]

    def read_origins(self) -> NDArray[np.int64]:
        """Return for every article (A,) the first one that it is a part of: itself, or the one of equal `article`.

        Parts of an article may share vectors, so that a split must keep them together.
        """
        first: dict[str, int] = {}
        names = (article.get("article") for article in self._read_articles())
        origins = [i if name is None else first.setdefault(str(name), i) for i, name in enumerate(names)]
        return np.array(origins, dtype=np.int64)

    def _read_articles(self) -> list[dict[str, Any]]:
        path = self.path / "articles.jsonl"
        if not path.is_file():
            return [{} for _ in range(len(self.offsets) - 1)]
        try:
            articles = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(path, "", "a file that cannot be read", f"one JSON object per line ({error})") from error
        chosen = np.arange(len(self.offsets) - 1) if self.articles is None else self.articles
        fits = len(articles) == len(chosen) if self.articles is None else len(articles) > chosen.max(initial=-1)
        if not fits or not all(isinstance(article, dict) for article in articles):
            found = f"{len(articles)} articles"
            raise InputError(path, "", found, f"{chosen.max(initial=-1) + 1} JSON objects, one per article")
        return [articles[a] for a in chosen]

    def read_texts(self) -> list[str] | None:
        """Return the text of every row, None when the table carries none.

        Whether they are as many as the rows is for the caller to judge; reading ends one line beyond them.
        Raises InputError when the file cannot be read.
        """
        path = self.path / "texts.jsonl.gz"
        if not path.is_file():
            return None
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                texts = [json.loads(line) for line in islice(lines, self.rows + 1)]
        except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
            raise InputError(path, "", "a file that cannot be read", f"one JSON string per line ({error})") from error
        if not all(isinstance(text, str) for text in texts):
            raise InputError(path, "", "a line that is no text", "one JSON string per line")
        return texts


def open_table(path: Path) -> Table:
    """Open a table folder, vectors memory-mapped; raises InputError when a part is missing or does not fit."""
    manifest = read_manifest(path / "manifest.json")
    stored, offsets = _load(path / "vectors.npy"), _load(path / "offsets.npy")
    scales = _load(path / "scales.npy") if stored.dtype == np.int8 else None
    if stored.ndim != 2 or stored.dtype not in (np.float32, np.float16, np.int8):
        raise InputError(
            path / "vectors.npy", "", f"{stored.dtype} {stored.shape}", "(rows, dim) of float32, float16 or int8"
        )
    if scales is not None and (scales.shape != (len(stored),) or not np.issubdtype(scales.dtype, np.floating)):
        found = f"{scales.dtype} {scales.shape}"
        raise InputError(path / "scales.npy", "", found, f"one scale per row, float32 ({len(stored)},)")
    bounds = _read_bounds(path / "offsets.npy", offsets, len(stored))
    return Table(path, stored, None if scales is None else np.asarray(scales, np.float32), bounds, manifest)


def _read_bounds(path: Path, offsets: NDArray[Any], rows: int) -> NDArray[np.int64]:
    sound = offsets.ndim == 1 and len(offsets) >= 1 and np.issubdtype(offsets.dtype, np.integer)
    bounds = np.asarray(offsets, np.int64) if sound else np.empty(0, np.int64)  # signed, so that a fall shows
    if not sound or bounds[0] != 0 or bounds[-1] != rows or bool((np.diff(bounds) < 0).any()):
        raise InputError(path, "", "offsets that do not fit", f"integers rising from 0 to {rows}")
    return bounds


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest file; raises InputError when it is not there or not a JSON object."""
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a manifest") from error
    except (ValueError, RecursionError) as error:
        raise InputError(path, "", "text that is not JSON", f"a JSON object ({error})") from error
    if not isinstance(manifest, dict):
        raise InputError(path, "", type(manifest).__name__, "a JSON object")
    return manifest


def _load(path: Path) -> NDArray[Any]:
    try:
        # Unlike np.load it reads this one format only: neither a pickle nor a zip is ever opened.
        return np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a .npy file") from error
    except (ValueError, EOFError, SyntaxError, TokenError) as error:
        raise InputError(path, "", "a file that cannot be read", f"a .npy file without pickles ({error})") from error
