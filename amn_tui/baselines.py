"""baseline save, list, show, delete: the statistics of known-good data under the person's own data folder."""

import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amn_tui.run.text import sanitize
from checks.errors import InputError
from checks.reference import Reference, read_reference
from trainer.datasets import (
    NAME,
    find_saved_folder,
    list_baselines,
    list_names,
    list_saved,
    resolve,
    resolve_baseline,
)

COMMAND = "baseline"
SHOWN = ("encoder", "pooling", "dim")


def prepare_save(name: str, data: str, *, context: int, replace: bool, as_json: bool) -> list[str]:
    """Return the worker that measures and writes; raises InputError before anything is measured."""
    path = _place(name)
    if path.exists() and not replace:
        raise InputError(COMMAND, "NAME", name, "a new name, or --replace")
    resolve(data, COMMAND, "DATA")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = ["trainer.tables", "baseline", data, "--name", name, "--output", str(path), "--context", str(context)]
    return [*argv, *(["--json"] if as_json else [])]


def _place(name: str) -> Path:
    """Return where a baseline of this name is, or would be; raises InputError for a name that cannot be one."""
    if not NAME.fullmatch(name):
        expected = "1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter or digit"
        raise InputError(COMMAND, "NAME", name, expected)
    if name in list_baselines() or name in list_names():
        raise InputError(COMMAND, "NAME", name, "a name of your own: this one ships with the program and would win")
    return find_saved_folder() / f"{name}.json"


def show_all(*, as_json: bool) -> int:
    """Print every baseline, in a line each; one that cannot be read is listed as such."""
    rows = [_summarize(name, saved=False) for name in list_baselines()]
    rows += [_summarize(name, saved=True) for name in list_saved()]
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return 0
    cells = max((len(row["name"]) for row in rows), default=0) + 2
    for row in rows:
        what = row.get("problem") or _say(row)
        sys.stdout.write(f"{row['name']:<{cells}}{'saved' if row['saved'] else 'ships':<7}{sanitize(what)}\n")
    return 0


def _summarize(name: str, *, saved: bool) -> dict[str, Any]:
    head: dict[str, Any] = {"name": name, "saved": saved}
    try:
        reference = read_reference(resolve_baseline(name))
    except InputError as error:
        return {**head, "problem": str(error)}
    adjacency = reference.adjacency
    return {
        **head,
        "windows": reference.windows,
        "encoder": str(reference.manifest.get("encoder", "")),
        "coherence": adjacency.mean if adjacency else None,
        "low_share": adjacency.low_share if adjacency else None,
    }


def _say(row: dict[str, Any]) -> str:
    parts = [f"{row['windows']:,} windows" if row["windows"] else "", row["encoder"]]
    if row["coherence"] is not None:
        parts.append(f"cos(t, t+1) {row['coherence']:.3f}, low pairs {row['low_share']:.1%}")
    return ", ".join(part for part in parts if part)


def show_baseline(name: str, *, as_json: bool) -> int:
    """Print one baseline; raises InputError with the nearest name where there is none."""
    path = resolve_baseline(name, COMMAND, "NAME")
    reference = read_reference(path)
    if as_json:
        sys.stdout.write(json.dumps(json.loads(path.read_text("utf-8"))) + "\n")
    else:
        sys.stdout.write("".join(f"{sanitize(line)}\n" for line in _describe(name, path, reference)))
    return 0


def _describe(name: str, path: Path, reference: Reference) -> Iterator[str]:
    facts = {
        "baseline": name,
        "file": str(path),
        "of": str(reference.table.get("data", "")),
        "windows": f"{reference.windows:,} of {reference.context} + 1 chunks" if reference.windows else "",
        "encoder": ", ".join(f"{key} {value}" for key, value in reference.manifest.items() if key in SHOWN),
        "space": f"{reference.space.count} directions, {reference.space.share:.1%} of the variance" if reference.space
        else "not recorded",
    }  # fmt: skip
    yield from (f"{key:<13}{value}" for key, value in facts.items() if value)
    if reference.profile:
        profile = " ".join(f"{value:.3f}" for value in reference.profile)
        yield f"{'profile':<13}{profile}  (cosine of chunks 1, 2, … apart)"
    if reference.adjacency:
        found = reference.adjacency
        yield (
            f"{'cos(t, t+1)':<13}mean {found.mean:.3f}  std {found.std:.3f}  p10 {found.p10:.3f}  p50 {found.p50:.3f}"
            f"  p90 {found.p90:.3f}  low pairs {found.low_share:.1%}"
        )
    yield f"next: amn-tui data compare {name} NEW"


def delete_baseline(name: str) -> int:
    """Delete a saved baseline; raises InputError for one that ships, and for none, with the nearest name."""
    path = _place(name)
    saved = list_saved()
    if name not in saved:
        near = difflib.get_close_matches(name, saved, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(
            COMMAND, "NAME", name, f"a baseline that was saved: {', '.join(saved) or 'there is none'}{hint}"
        )
    path.unlink()
    sys.stdout.write(f"{name}: deleted\n")
    return 0
