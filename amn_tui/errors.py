"""Exceptions become one line and an exit code, in this one place; a traceback goes to a file, never to the person."""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from amn_tui.run.folder import write_whole
from amn_tui.run.outcome import ExitCode
from amn_tui.run.secret import mask_text
from amn_tui.run.text import sanitize
from checks.errors import InputError

SIGINT_CODE = 130


def run_reported(work: Callable[[], int]) -> int:
    """Do the work and return its exit code; whatever it raises is told in one line on stderr."""
    try:
        return work()
    except InputError as error:
        return _tell(str(error), ExitCode.USAGE)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return SIGINT_CODE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        return ExitCode.ERROR
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _tell(f"{place}{error.strerror or error}", ExitCode.ERROR)
    except Exception as error:  # noqa: BLE001 (this is the one place)
        return _tell(f"a fault of amn-tui itself: {mask_text(repr(error))}{_keep_traceback()}", ExitCode.ERROR)


def _tell(words: str, code: int) -> int:
    sys.stderr.write(f"amn-tui: {sanitize(words)}\n")
    return code


def _keep_traceback() -> str:
    """Write the traceback, without local variables, where it can be found; say where."""
    from platformdirs import user_log_path

    try:
        folder: Path = user_log_path("amn-tui", ensure_exists=True)
        path = folder / "crash.log"
        write_whole(path, mask_text(traceback.format_exc()).encode("utf-8", "backslashreplace"))
    except OSError:
        return ""
    return f"; please report it with {path}"
