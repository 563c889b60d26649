"""Launch, guard, watch and stop model training."""

__version__ = "0.1.0"
