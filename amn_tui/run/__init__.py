"""A run as files, values and processes; nothing here draws."""
