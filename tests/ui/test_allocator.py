"""What the monitor reads is given back: a long buffer that was freed does not stay in the process."""

import subprocess
import sys

import pytest

# Frees a buffer of 8 MB, then one of 4 MB below which something small stays; tells how much of it is still there.
CODE = """
import ctypes, os, sys
from amn_tui.ui.allocator import fix_thresholds
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
if sys.argv[1] == "fixed":
    fix_thresholds()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
libc.free(libc.malloc(8 << 20))
before = resident()
block = libc.malloc(4 << 20)
ctypes.memset(block, 1, 4 << 20)
stays = libc.malloc(600)
libc.free(block)
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and glibc is what this is about")
def test_a_chunk_that_was_freed_is_given_back() -> None:
    kept = {}
    for how in ("fixed", "as it comes"):
        ran = subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True)
        kept[how] = int(ran.stdout)
    assert kept["fixed"] < 1 << 20
    if kept["as it comes"] < 4 << 20:
        pytest.skip("this C library gives it back by itself")
