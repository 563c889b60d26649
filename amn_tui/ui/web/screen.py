"""The monitor of one page: python -m amn_tui.ui.web.screen RUN_DIR [--allow-abort]; textual-serve names its driver."""

import argparse
import time
from pathlib import Path

from amn_tui.run.folder import RunFolder
from amn_tui.run.session import Session
from amn_tui.ui.app import MonitorApp


def make_app(path: Path, *, allow_abort: bool) -> MonitorApp:
    """Return the app on a run folder or a bare log, which asks for nothing unless it may."""
    folder = RunFolder(path) if path.is_dir() else None
    session = Session(path, read_only=not allow_abort)
    log = folder.log if folder else path
    return MonitorApp(session, folder, log, by=session.by, read_only=not allow_abort, steady=time.monotonic)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--allow-abort", action="store_true")
    asked = parser.parse_args()
    make_app(asked.path.resolve(), allow_abort=asked.allow_abort).run()


if __name__ == "__main__":
    main()
