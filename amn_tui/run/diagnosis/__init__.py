"""Why a run is where it is: evidence from its folder, rules that score it, and the next command to type."""
