"""Everything that decides what a table will hold: a build goes on only with the recipe that it began with."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from checks.errors import InputError
from trainer.build.article import Article
from trainer.build.chunks import ChunkRule


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build: which text, how it is cut, which encoder, how vectors are stored; and what the manifest adds."""

    name: str
    source: dict[str, Any]  # package, archive, version, sha256; or the path of a person's own text
    encoder: str
    encoder_name: str = ""
    dtype: str = "float16"
    rule: ChunkRule = field(default_factory=ChunkRule)
    articles: tuple[str, ...] = ()  # ids to take, all when empty
    limit: int = 0  # the first so many articles, all when 0
    licence: str | None = None
    attribution: str | None = None
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what is compared when a build goes on; the command's spelling does not matter."""
        plain = dataclasses.asdict(self)
        del plain["command"]
        return {**plain, "articles": list(self.articles)}

    def choose(self, articles: Iterator[Article]) -> Iterator[Article]:
        """Yield the articles that the recipe takes; raises InputError when one it names is not there."""
        wanted = set(self.articles)
        taken = (article for article in articles if not self.articles or article.id in wanted)
        for article in islice(taken, self.limit or None):
            wanted.discard(article.id)
            yield article
        if wanted and not self.limit:
            raise InputError("--articles", "", ", ".join(sorted(wanted)), "ids of articles in the text")
