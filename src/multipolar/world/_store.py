"""One file per world, written whole or not at all."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multipolar._files import atomic_path
from multipolar.errors import WorldError
from multipolar.world._prepare import Adjustment

if TYPE_CHECKING:
    from multipolar.world._world import World

_FIELDS = ("countries", "sectors", "intermediate", "final", "trade_elasticity")


def save(world: World, path: str | Path) -> Path:
    """Write `world` as a compressed `.npz`: the fields of `World.from_arrays` plus `meta` (JSON)."""
    path = Path(path).with_suffix(".npz")
    meta = {
        "name": world.name,
        "year": world.year,
        "provenance": dict(world.provenance),
        "country_names": list(world.country_names),
        "sector_names": list(world.sector_names),
        "adjustments": [asdict(a) for a in world.adjustments],
    }
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(
            handle,
            countries=np.array(world.countries),
            sectors=np.array(world.sectors),
            intermediate=world.intermediate_values,
            final=world.final_values,
            trade_elasticity=world.trade_elasticity_values,
            tariff=world.tariff_values,
            capital_share=world.capital_share_values,
            meta=np.array(json.dumps(meta)),
        )
    return path


def load(path: str | Path) -> World:
    """Read a world file and check it. Raises `WorldError` that names the file and the field."""
    from multipolar.world._world import World

    path = Path(path)
    if not path.exists():
        raise WorldError(f"{path}: no such file.")
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise WorldError(
            f"{path}: not a world file (a .npz archive as World.save writes it): {error}."
        ) from None
    missing = [name for name in _FIELDS if name not in arrays]
    if missing:
        raise WorldError(
            f"{path}: field {missing[0]!r} is missing. Expected {', '.join(_FIELDS)} and optionally tariff, capital_share, meta; found {', '.join(arrays) or 'nothing'}."
        )
    try:
        meta = json.loads(str(arrays.get("meta", "{}")))
    except json.JSONDecodeError as error:
        raise WorldError(f"{path}: field 'meta' is not valid JSON ({error}).") from None
    known = {"name", "year", "provenance", "country_names", "sector_names"}
    try:
        world = World.from_arrays(
            [str(c) for c in arrays["countries"]],
            [str(s) for s in arrays["sectors"]],
            arrays["intermediate"],
            arrays["final"],
            arrays["trade_elasticity"],
            arrays.get("tariff"),
            capital_share=arrays.get("capital_share"),
            **{key: value for key, value in meta.items() if key in known},
        )
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from None
    earlier = tuple(Adjustment(**a) for a in meta.get("adjustments", []))
    return world._with(adjustments=earlier + world.adjustments)
