"""Trade elasticities by sector, each with its source and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multipolar.errors import InputError, WorldError, unknown
from multipolar.world import _data
from multipolar.world._concordance import classification_of, concordance

if TYPE_CHECKING:
    from multipolar.world._world import World

DEFAULT_SET = "caliendo-parro-2015"


def elasticity_sets() -> list[str]:
    """Names of the shipped elasticity sets."""
    return sorted(_table()["set"].unique())


def load_elasticities(name: str = DEFAULT_SET) -> pd.DataFrame:
    """One shipped set: index `sector` (WIOD industry), columns `theta` (positive, the elasticity of import
    expenditure shares to trade cost), `status` (estimated or assumed), `source`, `note`.
    Raises `InputError` for an unknown name.
    """
    if name not in elasticity_sets():
        raise InputError(unknown("elasticity set", name, elasticity_sets()))
    table = _table()
    return table[table["set"] == name].drop(columns="set").set_index("sector")


def elasticities_for(world: World, source: Any) -> tuple[np.ndarray, str]:
    """Elasticities in the order of the world's sectors and a line that says where they are from."""
    if isinstance(source, Mapping):
        wrong = [s for s in source if s not in world.sectors]
        if wrong:
            raise WorldError("trade elasticity: " + unknown("sector", wrong[0], world.sectors))
        pairs = zip(world.sectors, world.trade_elasticity_values, strict=True)
        return _checked(
            world, [source.get(s, old) for s, old in pairs]
        ), f"given by the user for {', '.join(source)}"
    if isinstance(source, str | Path):
        if str(source) in elasticity_sets():
            frame = load_elasticities(str(source))
            note = f"{source}: {'; '.join(frame['source'].unique())}"
            kind = classification_of(world.sectors)
            if kind is not None and not set(world.sectors) <= set(frame.index):
                industry = concordance(kind)["wiod2013"]
                frame = frame.loc[industry].set_axis(industry.index)
                note += f"; by WIOD industry through concordance.csv ({kind})"
        else:
            frame, note = _read(Path(source)), f"file {Path(source).name}"
        missing = [s for s in world.sectors if s not in frame.index]
        if missing:
            raise WorldError(
                f"trade elasticities {str(source)!r} lack sector {missing[0]!r} of world {world.name!r} "
                f"({len(missing)} missing). They cover: {', '.join(map(str, frame.index[:40]))}."
            )
        return _checked(world, frame.loc[list(world.sectors), "theta"].tolist()), note
    if isinstance(source, Sequence | np.ndarray):
        return _checked(world, list(source)), "given by the user"
    raise WorldError(
        f"trade elasticity: expected a set's name, a CSV file, numbers or a mapping, got {type(source).__name__}."
    )


def _checked(world: World, values: list[float]) -> np.ndarray:
    if len(values) != len(world.sectors):
        raise WorldError(f"trade elasticity: {len(values)} numbers for {len(world.sectors)} sectors.")
    array = np.asarray(values, dtype=float)
    for sector, value in zip(world.sectors, array, strict=True):
        if not np.isfinite(value) or value <= 0:
            raise WorldError(
                f"trade elasticity of sector {sector!r} is {value:g}; it must be a positive number."
            )
    return array


def _read(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError(f"elasticities: {unknown('set or missing file', str(path), elasticity_sets())}")
    try:
        frame = pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file ({error}).") from None
    if not {"sector", "theta"} <= set(frame.columns):
        raise InputError(
            f"{path}: expected columns 'sector' and 'theta', found {', '.join(map(str, frame.columns))}."
        )
    twice = frame["sector"].duplicated().to_numpy()
    if twice.any():
        raise InputError(f"{path}: sector {frame['sector'].to_numpy()[twice][0]!r} appears twice.")
    if not pd.api.types.is_numeric_dtype(frame["theta"]):
        raise InputError(f"{path}: column 'theta' holds something that is not a number.")
    return frame.set_index("sector")


def _table() -> pd.DataFrame:
    return pd.read_csv(_data.path("elasticities.csv"))
