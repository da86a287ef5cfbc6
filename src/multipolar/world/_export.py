"""A World in other people's containers: tidy tables, xarray, pymrio."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar._files import atomic_path, write_text
from multipolar.errors import WorldError, unknown

if TYPE_CHECKING:
    from multipolar.world._world import World

EXPORTS = {
    ".parquet": "tidy Parquet",
    ".csv": "tidy CSV",
    ".nc": "netCDF",
    ".npz": "world file",
    "": "pymrio folder",
}


def to_frame(world: World) -> pd.DataFrame:
    """See `World.to_frame`."""
    from multipolar.world._world import FINAL_USES

    flows = np.concatenate([world.intermediate_values, world.final_values], axis=-1)
    held = np.nonzero(flows)
    words = (world.countries, world.sectors, world.countries, (*world.sectors, *FINAL_USES))
    columns: dict[str, Any] = {
        name: pd.Categorical.from_codes(codes.astype(np.int32), categories=pd.Index(list(known)))
        for name, codes, known in zip(("origin", "sector", "destination", "use"), held, words, strict=True)
    }
    return pd.DataFrame({**columns, "value": flows[held]})


def to_xarray(world: World) -> xr.Dataset:
    """See `World.to_xarray`."""
    parts = (
        world.intermediate, world.final, world.tariff, world.trade_elasticity, world.capital_share, world.output,
        world.value_added,
    )  # fmt: skip
    dataset = xr.Dataset({str(part.name): part for part in parts})
    dataset.attrs = {"name": world.name, "year": world.year if world.year is not None else "unknown"}
    return dataset


def to_pymrio(world: World) -> Any:
    """See `World.to_pymrio`."""
    try:
        import pymrio
    except ImportError:
        raise WorldError(
            "to_pymrio needs pymrio. Install it with: pip install 'multipolar[tables]'"
        ) from None
    from multipolar.world._world import FINAL_USES

    size = len(world.countries) * len(world.sectors)
    cells = pd.MultiIndex.from_product([world.countries, world.sectors], names=["region", "sector"])
    uses = pd.MultiIndex.from_product([world.countries, FINAL_USES], names=["region", "category"])
    rows = pd.Index(["value added"], name="inputtype")
    return pymrio.IOSystem(
        Z=pd.DataFrame(world.intermediate_values.reshape(size, size), cells, cells),
        Y=pd.DataFrame(world.final_values.reshape(size, -1), cells, uses),
        unit=pd.DataFrame({"unit": ["million USD"] * size}, cells),
        name=world.name,
        factor_inputs={
            "name": "factor inputs",
            "F": pd.DataFrame(world.value_added_values.reshape(1, size), rows, cells),
            "unit": pd.DataFrame({"unit": ["million USD"]}, rows),
        },
    )


def export(world: World, path: str | Path) -> Path:
    """See `World.export`."""
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in EXPORTS:
        raise WorldError(
            f"{path}: {unknown('kind of file', kind, [k or '(a folder)' for k in EXPORTS])} "
            f"They mean: {', '.join(EXPORTS.values())}."
        )
    if kind == ".npz":
        return world.save(path)
    if kind == "":
        return _pymrio_folder(world, path)
    if kind == ".nc":
        with atomic_path(path) as temporary:
            to_xarray(world).to_netcdf(temporary, engine="scipy")
        return path
    frame, record = to_frame(world), json.dumps(metadata(world))
    if kind == ".csv":
        write_text(path.with_suffix(".json"), record)
        with atomic_path(path) as temporary:
            frame.to_csv(temporary, index=False)
        return path
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"multipolar": record.encode()})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return path


def metadata(world: World) -> dict[str, Any]:
    """What the tidy layout keeps beside the flows; see docs/tables.md."""
    taxed = np.argwhere(world.tariff_values != 0)
    return {
        "name": world.name,
        "year": world.year,
        "unit": "million USD",
        "classification": world.provenance.get("classification"),
        "countries": dict(zip(world.countries, world.country_names, strict=True)),
        "sectors": dict(zip(world.sectors, world.sector_names, strict=True)),
        "trade_elasticity": dict(zip(world.sectors, world.trade_elasticity_values.tolist(), strict=True)),
        "capital_share": {
            country: dict(zip(world.sectors, row, strict=True))
            for country, row in zip(world.countries, world.capital_share_values.tolist(), strict=True)
        },
        "tariff": [
            [world.countries[i], world.countries[n], world.sectors[k], float(world.tariff_values[i, n, k])]
            for i, n, k in taxed
        ],
        "provenance": dict(world.provenance),
        "adjustments": [asdict(a) for a in world.adjustments],
    }


def _pymrio_folder(world: World, path: Path) -> Path:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise WorldError(
            f"{path}: exists and is not an empty folder; choose another place for the pymrio folder."
        )
    system = to_pymrio(world)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    try:
        system.save_all(temporary, float_format="%.17g")
        temporary.chmod(0o755)
        if path.exists():
            path.rmdir()
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path
