"""Before a run is shown in a browser: what is missing, and what is not safe, is refused."""

import sys
from importlib.util import find_spec
from pathlib import Path

from amn_tui.run.folder import check_readable
from checks.errors import InputError

NEEDED = "the extra web: pip install 'amn-tui[web]'"
WARNING = "amn-tui: whoever can reach {host} can read what goes over the line, the token too: nothing is encrypted\n"


def serve_run_checked(path: Path, *, host: str, port: int, allow_abort: bool, expose: bool) -> int:
    """Serve the run at `path` until Ctrl-C; raises InputError, OSError."""
    check_readable(path)
    if find_spec("textual_serve") is None:
        raise InputError("amn-tui serve", "", "no textual-serve", NEEDED)
    from amn_tui.ui.web.door import is_loopback
    from amn_tui.ui.web.server import serve_run

    if not is_loopback(host):
        if not expose:
            raise InputError("amn-tui serve", "--host", host, "a loopback address, or --expose: others could reach it")
        sys.stderr.write(WARNING.format(host=host))
    return serve_run(path.resolve(), host=host, port=port, allow_abort=allow_abort)
