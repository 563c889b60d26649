"""Tables out of what others stored: the original's windows, or a table of another dtype."""
