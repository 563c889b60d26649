"""Curves drawn with characters on a scale that stands still; nothing here knows Textual."""
