"""Who encoded the vectors, as their maker wrote it down."""

from collections.abc import Mapping
from typing import Any

ENCODER_FIELDS = ("encoder", "revision", "weights_sha256", "pooling", "normalized", "dim", "probes_sha256")


def pick_fields(manifest: Mapping[str, Any], dim: int) -> dict[str, Any]:
    """Return what a manifest says of the encoder; `dim` is what the vectors have, whatever it says."""
    probes = manifest.get("probes")
    flat = {**manifest, "dim": dim}
    if isinstance(probes, Mapping) and "sha256" in probes:
        flat["probes_sha256"] = probes["sha256"]
    return {field: flat[field] for field in ENCODER_FIELDS if field in flat}


def compare_manifests(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Say every field in which the encoder is another one than expected, or that is not written down."""
    return [
        f"{field} {_show(found.get(field))}, expected {_show(expected[field])}"
        for field in ENCODER_FIELDS
        if field in expected and found.get(field) != expected[field]
    ]


def _show(value: object) -> str:
    text = "missing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:12]}…{text[-4:]}"
