"""python -m trainer.forward_check [RUN_DIR | CHECKPOINT]: does the model's forward pass do what a predictor must?

On random unit vectors: shapes, finite raw output, output at length 1, the same answer twice, one window's answer that
no other window changes, and a gradient at every weight. Of a checkpoint also its probe: what it gave when it was saved.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from checks.errors import InputError
from checks.printer import mask_controls
from checks.verdict import Verdict, worst

if TYPE_CHECKING:
    from trainer.forward import Part

PROGRAM = "amn-tui model check"
EXIT_FAILED, EXIT_USAGE, EXIT_ERROR = 3, 2, 1
CONTEXT, DIM = 5, 768
EXAMPLE = """examples:
  amn-tui model check runs/demo-20261122T100411
  amn-tui model check --model-type gru --dim 384

exit status: 0 PASS or WARN, 3 FAIL, 2 not a checkpoint"""


def main(argv: Sequence[str] | None = None) -> int:
    """Check one model and return the exit code; what a person can mend is one line on stderr."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asked = _make_parser().parse_args(argv)
    try:
        what, facts, parts = check_given(asked)
    except (InputError, OSError) as error:
        sys.stderr.write(f"{PROGRAM}: {mask_controls(' '.join(str(error).splitlines()))}\n")
        return EXIT_USAGE if isinstance(error, InputError) else EXIT_ERROR
    verdict = worst(part.verdict for part in parts)
    _show(what, facts, parts, verdict, sys.stdout, as_json=asked.json)
    return EXIT_FAILED if verdict in (Verdict.FAIL, Verdict.ERROR) else 0


def check_given(asked: argparse.Namespace) -> "tuple[str, dict[str, object], list[Part]]":
    """Return what was checked, facts about it, and every part; raises InputError for what is no checkpoint."""
    import torch

    from trainer.forward import check_checkpoint, check_model
    from trainer.header import find_checkpoints
    from trainer.model import create_model

    if asked.path is not None:
        try:
            paths = find_checkpoints(asked.path)
        except InputError:
            if not (asked.path / "plan.toml").is_file():
                raise
            paths = []  # a run that never saved: its kind of model, as it begins
        if paths:
            return str(paths[0]), *check_checkpoint(paths[0])
    kind = {**_read_plan(asked.path), **_list_given(asked)}
    model_type, dim, context = str(kind.get("model_type", "amn")), kind.get("dim", DIM), kind.get("context", CONTEXT)
    torch.manual_seed(0)  # who asks twice is not to wonder why the numbers differ
    facts, parts = check_model(create_model(model_type, int(str(dim))), int(str(dim)), int(str(context)))
    data = {"data": kind["data"]} if "data" in kind else {}
    return f"a new {model_type}, before any training", {"model_type": model_type, **facts, **data}, parts


def _read_plan(path: Path | None) -> dict[str, object]:
    """Return the kind of model that a run folder's plan trains; {} where there is none."""
    if path is None:
        return {}
    import tomllib

    try:
        plan = tomllib.loads((path / "plan.toml").read_text("utf-8"))
        train, data = plan.get("train", {}), plan.get("data", {}).get("train", "")
    except (OSError, ValueError, AttributeError):
        return {}
    known = {key: train[key] for key in ("model_type", "context") if key in train}
    return {**known, **({"data": data, **_read_dim(str(data))} if data else {})}


def _read_dim(data: str) -> dict[str, object]:
    """Return how many numbers a vector of the data has, where its manifest says so."""
    from trainer.datasets import resolve

    try:
        manifest = json.loads((resolve(data) / "manifest.json").read_text("utf-8"))
    except (InputError, OSError, ValueError):
        return {}
    return {"dim": int(manifest["dim"])} if str(manifest.get("dim", "")).isdecimal() else {}


def _list_given(asked: argparse.Namespace) -> dict[str, object]:
    given = {"model_type": asked.model_type, "dim": asked.dim, "context": asked.context}
    return {key: value for key, value in given.items() if value is not None}


def say_next(facts: Mapping[str, object], parts: "Sequence[Part]") -> tuple[str, str]:
    """Return what the parts mean in one line, and the next command."""
    bad = [part for part in parts if part.verdict is not Verdict.PASS]
    if not bad:
        data = shlex.quote(str(facts.get("data", "wikipedia")))
        return "; ".join(part.found for part in parts[:2]), f"amn-tui data verify {data}"
    kind = f" --model-type {facts['model_type']} --dim {facts['dim']}" if "model_type" in facts else ""
    return "; ".join(f"{part.about}: {part.found}" for part in bad), f"{PROGRAM}{kind}"


def _show(
    what: str, facts: Mapping[str, object], parts: "Sequence[Part]", verdict: Verdict, stream: TextIO, *, as_json: bool
) -> None:
    found, following = say_next(facts, parts)
    if as_json:
        body = {"verdict": verdict.value, "found": found, "next": following, "model": what, **facts}
        stream.write(json.dumps({**body, "parts": [asdict(part) for part in parts]}) + "\n")
        return
    lines = [what, *(f"  {key.replace('_', ' '):<14}{value}" for key, value in facts.items()), ""]
    lines += [f"{part.verdict:<6}{part.about:<14}{part.found}" for part in parts]
    sound = verdict in (Verdict.PASS, Verdict.WARN)
    meaning = "the forward pass is sound: look at the data" if sound else "mend the model before training on anything"
    lines += ["", f"{verdict:<6}{meaning}", f"      next: {following}"]
    stream.write("".join(f"{mask_controls(line)}\n" for line in lines))


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Check a model's forward pass on random input.", epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("path", nargs="?", type=Path, metavar="RUN_DIR", help="a run folder or a checkpoint; none: a new model")
    add("--model-type", choices=("amn", "lstm", "gru", "transformer"), help="of a new model (amn)")
    add("--dim", type=_count, metavar="N", help=f"numbers of a vector ({DIM})")
    add("--context", type=_count, metavar="N", help=f"vectors in a context ({CONTEXT})")
    add("--json", action="store_true", help="one JSON object instead of lines")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_536:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected 1 to 65536")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
