"""One table from start to end: cut, encode, describe, check, publish."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from checks.table import Table, open_table
from trainer.build.article import Article
from trainer.build.encoder import Encoder
from trainer.build.manifest import describe_table, write_manifest
from trainer.build.progress import Progress
from trainer.build.recipe import Recipe
from trainer.build.vectors import encode_rows
from trainer.build.workplace import cut_text, open_workplace, publish, read_state


def build_table(
    recipe: Recipe,
    articles: Iterable[Article],
    load: Callable[[], Encoder],
    output: Path,
    *,
    batch_size: int = 32,
    restart: bool = False,
    stream: TextIO | None = None,
) -> Table:
    """Build the table, or go on where an earlier process stopped; `articles` are only read if it had not cut them.

    Raises InputError; what was done until then stays in OUTPUT.building.
    """
    stream = stream or sys.stderr
    plain = recipe.to_json()
    with open_workplace(output, restart=restart) as folder:
        encoder = load()  # first: a missing library is told before an hour of cutting
        state = read_state(folder, plain)
        if state is None:
            state = cut_text(folder, recipe.choose(iter(articles)), recipe.rule, plain)
        progress = Progress(state.rows, state.encoded, "chunks", stream)
        state = encode_rows(folder, state, encoder, recipe.dtype, batch_size, progress.show)
        write_manifest(folder, describe_table(folder, recipe, state, encoder, batch_size))
        open_table(folder)  # a table that cannot be opened never gets its name
        publish(folder, output)
    return open_table(output)
