"""What a table of vectors is, how two differ, and a table without its junk: `amn-tui data inspect|compare|filter`."""
