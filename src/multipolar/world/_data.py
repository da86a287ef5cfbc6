"""Where the shipped data lies."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any


def path(name: str) -> Path:
    return Path(str(files("multipolar.world") / "data" / name))


def provenance() -> dict[str, dict[str, Any]]:
    """What is known of every shipped world's origin, by key."""
    return json.loads(path("provenance.json").read_text(encoding="utf-8"))
