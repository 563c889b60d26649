"""Where the kernel tells of nothing: no watches left, and file systems without events."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from tests.faults.watched import EPOCH, FOLLOW, append

Happened = Callable[[str], None]


def needs(*argv: str) -> None:
    """Skip where this machine does not allow it."""
    tried = subprocess.run([*argv, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"needs {' '.join(argv)}: {tried.stderr.strip()}")


@pytest.mark.slow
@pytest.mark.fault(47)
@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_no_watches_left(folder: RunFolder, happened: Happened, limit: str) -> None:
    needs("unshare", "-Ur")
    append(folder.log, 1)
    setting = f"/proc/sys/user/{limit}"
    shell = f'echo 0 > {setting} && exec "$0" -c "$1" "$2"'
    with subprocess.Popen(
        ["unshare", "-Ur", "sh", "-c", shell, sys.executable, FOLLOW, str(folder.path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        append(folder.log, 9)
        said, errors = process.communicate()
    assert errors == ""
    assert said.splitlines()[0] == "9"
    count, words = said.splitlines()[-1].split(" ", 1)
    assert count == "1"
    assert "changes are looked for every 1 s" in words
    assert words.endswith("[1, 9] False")
    happened("0 watches, 0 instances: said once, and the next epoch was found by the clock")


@pytest.mark.slow
@pytest.mark.fault(47)
def test_lines_say_it_too(folder: RunFolder, happened: Happened) -> None:
    needs("unshare", "-Ur")
    append(folder.log, 1)
    shell = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" -P -c "$1" attach --plain "$2"'
    main = "from amn_tui.cli import main; main()"
    argv = ["unshare", "-Ur", "sh", "-c", shell, sys.executable, main, str(folder.path)]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    assert said.splitlines()[0].startswith("problem: watching: changes are looked for every 1 s")
    assert "epoch 1/99" in said
    argv[-1:] = ["--poll", str(folder.path)]
    assert "problem" not in subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    happened("line mode says it in its first line, and not with --poll")


OVERLAY = """
cd "$0" && mkdir lower upper work merged && cp first upper/training.log &&
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || exit 77
"$1" -c "$2" merged & follower=$!
while [ ! -e on ]; do sleep 0.05; done
cat second >> upper/training.log
wait $follower
"""


@pytest.mark.slow
@pytest.mark.fault(48)
def test_a_file_system_that_tells_of_nothing(tmp_path: Path, happened: Happened) -> None:
    needs("unshare", "-m")
    (tmp_path / "first").write_text(EPOCH.format(1, 1))
    (tmp_path / "second").write_text(EPOCH.format(9, 9))
    argv = ["unshare", "-m", "sh", "-c", OVERLAY, str(tmp_path), sys.executable, FOLLOW]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        if process.poll() == 77:
            pytest.skip("needs overlay mounts in unshare -m")
        (tmp_path / "on").touch()
        began_s = time.monotonic()
        assert process.stdout.readline() == "9\n"
        took_s = time.monotonic() - began_s
        process.communicate()
    assert first == "1\n"
    happened(f"an overlay written to from below: found after {took_s:.1f} s, by looking")
