"""`python -m trainer.tables`: exit 0 done, 2 bad flags or data, 3 a comparison that fails, 130 interrupted, 1 else."""

import importlib.util
import os
import sys
from collections.abc import Sequence

from checks.errors import InputError
from checks.printer import mask_controls

PROGRAM = "amn-tui data"
EXIT_ERROR, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code; what a person can mend is one line on stderr."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on two busy cores were several times slower
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        _require_numpy()
        from trainer.tables.commands import run_command

        return run_command(given, sys.stdout)
    except InputError as error:
        return _fail(str(error), EXIT_USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        return EXIT_ERROR
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", EXIT_ERROR)
    except KeyboardInterrupt:
        return _fail("interrupted; nothing was written", EXIT_INTERRUPTED)


def _require_numpy() -> None:
    if importlib.util.find_spec("numpy") is None:
        raise InputError(sys.executable, "", "no numpy in this Python", "pip install 'amn-tui[train]'")


def _fail(line: str, code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {mask_controls(' '.join(line.splitlines()))}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
