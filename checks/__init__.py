"""Yes or no about a run: before it (checks) and during it (gates)."""
