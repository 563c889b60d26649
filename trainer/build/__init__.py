"""Build a table of vectors from text: articles, chunks, an encoder, a folder in the layout of checks/table.py."""
