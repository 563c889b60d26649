"""`python -m trainer.convert`: exit 0 converted, 2 bad flags or data, 130 interrupted, 1 anything else."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.errors import InputError
from trainer.build.progress import Progress
from trainer.convert.arguments import PROGRAM, parse_arguments
from trainer.convert.draft import open_draft
from trainer.convert.interrupts import Interrupted, install_interrupts
from trainer.datasets import resolve

if TYPE_CHECKING:
    from trainer.convert.manifest import Conversion

EXIT_ERROR, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Convert what the command line names and return the exit code; what a person can mend is one line on stderr."""
    arguments = parse_arguments(argv)
    try:
        source = resolve(arguments.source)
        made = _convert(source, arguments)
    except InputError as error:
        return _fail(str(error), EXIT_USAGE)
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed: pip install 'amn-tui[train]'", EXIT_ERROR)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", EXIT_ERROR)
    except KeyboardInterrupt as error:
        code = error.code if isinstance(error, Interrupted) else EXIT_INTERRUPTED
        return _fail("interrupted; nothing is left behind", code)
    for note in made.notes:
        _fail(f"note: {note}", 0)
    _tell(arguments, made)
    return 0


def _convert(source: Path, arguments: Namespace) -> "Conversion":
    from trainer.convert.from_npz import convert_npz  # numpy, only after the flags are known to be good
    from trainer.convert.from_table import convert_table

    output: Path = arguments.output
    name = output.resolve().name
    with open_draft(output) as folder:
        if source.is_dir():
            return convert_table(source, folder, name, dtype=arguments.dtype, tell=_show_progress("rows"))
        return convert_npz(
            source, folder, name, half=arguments.half, dtype=arguments.dtype, tell=_show_progress("windows")
        )


def _show_progress(unit: str) -> Callable[[int, int], None]:
    bars: list[Progress] = []

    def tell(done: int, total: int) -> None:
        if not bars:
            bars.append(Progress(total, 0, unit, sys.stderr))
        bars[0].show(done)

    return tell


def _tell(arguments: Namespace, made: "Conversion") -> None:
    if arguments.as_json:
        fields = {"table": str(arguments.output), "rows": made.rows, "dim": made.dim, "dtype": made.dtype}
        fields |= {"articles": made.articles, "source": dict(made.facts), "notes": list(made.notes)}
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        return
    line = f"{made.rows:,} vectors of {made.dim} ({made.dtype}) in {made.articles:,} articles"
    sys.stdout.write(f"{arguments.output}: {line}\n")


def _fail(line: str, code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {' '.join(line.splitlines())}\n")
    return code


if __name__ == "__main__":
    install_interrupts()
    sys.exit(main())
