"""The World: what everybody makes, from whom, for whom, in one year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import WorldError, unknown
from multipolar.world._prepare import Adjustment, check_labels, prepare

FINAL_USES = ("consumption", "investment")
BALANCE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class World:
    """An input-output world whose accounts balance exactly.

    Build one with `World.from_arrays`, `load_world` or `World.load`; the constructor trusts its arguments.
    Money is in million current USD, at the exporter's price (before tariffs). Array attributes ending in
    `_values` are read-only NumPy; the attributes without it are labelled xarray views of the same numbers.

    - `intermediate`: `[origin, sector, destination, using_sector]`
    - `final`: `[origin, sector, destination, final_use]`, final uses `consumption` and `investment`
    - `trade_elasticity`: `[sector]`, positive: the elasticity of import expenditure shares to trade cost
    - `tariff`: `[origin, destination, sector]`, ad valorem, zero where none is known
    - `capital_share`: `[country, sector]`, capital's part of value added; matters where capital is a factor
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate_values: np.ndarray
    final_values: np.ndarray
    trade_elasticity_values: np.ndarray
    tariff_values: np.ndarray
    capital_share_values: np.ndarray
    country_names: tuple[str, ...]
    sector_names: tuple[str, ...]
    name: str = "unnamed"
    year: int | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()

    @classmethod
    def from_arrays(
        cls,
        countries: Sequence[str],
        sectors: Sequence[str],
        intermediate: Any,
        final: Any,
        trade_elasticity: Any,
        tariff: Any = None,
        *,
        capital_share: Any = None,
        country_names: Sequence[str] | None = None,
        sector_names: Sequence[str] | None = None,
        name: str = "unnamed",
        year: int | None = None,
        provenance: Mapping[str, Any] | None = None,
        repair_value_added: bool = False,
    ) -> World:
        """Prepare, check and label a table.

        Shapes for N countries and J sectors: `intermediate` (N, J, N, J) as `[origin, sector, destination,
        using sector]`; `final` (N, J, N) or (N, J, N, 2) with categories consumption, investment;
        `trade_elasticity` (J,) positive, or one number; `tariff` (N, N, J) as `[origin, destination, sector]`,
        fractions (0.1 is 10%), or none; `capital_share` (J,) or (N, J), or one number: the part of value added
        that capital earns, above 0 and below 1 (a third when not given). Values in million current USD before tariffs.

        Negative final demand is netted against the other category of the same origin, sector and
        destination; what stays negative becomes zero and output follows. With `repair_value_added`,
        inputs of a sector beyond 99% of its output are moved to the same country's consumption; without
        it a non-positive value added is an error. Both are recorded in `adjustments`.

        Raises `WorldError` naming the first offending cell.
        """
        countries, sectors = check_labels(countries, sectors)
        prepared = prepare(
            countries,
            sectors,
            intermediate,
            final,
            trade_elasticity,
            tariff,
            capital_share,
            repair_value_added=repair_value_added,
        )
        world = cls(
            countries,
            sectors,
            prepared.intermediate,
            prepared.final,
            prepared.trade_elasticity,
            prepared.tariff,
            prepared.capital_share,
            tuple(country_names or countries),
            tuple(sector_names or sectors),
            name,
            year,
            dict(provenance or {}),
            prepared.adjustments,
        )
        if len(world.country_names) != len(countries) or len(world.sector_names) != len(sectors):
            raise WorldError(
                f"world {name!r}: give one name for each of the {len(countries)} countries and sectors."
            )
        return world

    # Accounts ------------------------------------------------------------------------------------------

    @cached_property
    def output_values(self) -> np.ndarray:
        """Gross output `[country, sector]`: sales to every use, at the producer's price."""
        return self.intermediate_values.sum((2, 3)) + self.final_values.sum((2, 3))

    @cached_property
    def value_added_values(self) -> np.ndarray:
        """Value added `[country, sector]`: output less intermediate purchases including tariffs."""
        inputs = np.einsum("iknj,ink->nj", self.intermediate_values, 1 + self.tariff_values)
        return self.output_values - inputs

    @cached_property
    def trade_values(self) -> np.ndarray:
        """Sales `[origin, destination, sector]`, domestic ones included, before tariffs."""
        total = self.intermediate_values.sum(3) + self.final_values.sum(3)
        return total.transpose(0, 2, 1)

    @cached_property
    def tariff_revenue_values(self) -> np.ndarray:
        return (self.tariff_values * self.trade_values).sum((0, 2))

    @cached_property
    def deficit_values(self) -> np.ndarray:
        """Imports less exports `[country]`; sums to zero over the world."""
        trade = self.trade_values.sum(2)
        return trade.sum(0) - trade.sum(1)

    @cached_property
    def gdp_values(self) -> np.ndarray:
        """Value added plus tariff revenue `[country]`."""
        return self.value_added_values.sum(1) + self.tariff_revenue_values

    # Labelled surface ----------------------------------------------------------------------------------

    def _label(self, values: np.ndarray, name: str, units: str, *dims: str) -> xr.DataArray:
        coords = {
            "country": list(self.countries),
            "origin": list(self.countries),
            "destination": list(self.countries),
            "sector": list(self.sectors),
            "using_sector": list(self.sectors),
            "final_use": list(FINAL_USES),
        }
        return xr.DataArray(
            values, dims=dims, coords={d: coords[d] for d in dims}, name=name, attrs={"units": units}
        )

    @property
    def intermediate(self) -> xr.DataArray:
        dims = ("origin", "sector", "destination", "using_sector")
        return self._label(self.intermediate_values, "intermediate", "million USD", *dims)

    @property
    def final(self) -> xr.DataArray:
        dims = ("origin", "sector", "destination", "final_use")
        return self._label(self.final_values, "final", "million USD", *dims)

    @property
    def trade_elasticity(self) -> xr.DataArray:
        return self._label(self.trade_elasticity_values, "trade_elasticity", "1", "sector")

    @property
    def tariff(self) -> xr.DataArray:
        return self._label(self.tariff_values, "tariff", "fraction", "origin", "destination", "sector")

    @property
    def capital_share(self) -> xr.DataArray:
        return self._label(self.capital_share_values, "capital_share", "fraction", "country", "sector")

    @property
    def output(self) -> xr.DataArray:
        return self._label(self.output_values, "output", "million USD", "country", "sector")

    @property
    def value_added(self) -> xr.DataArray:
        return self._label(self.value_added_values, "value_added", "million USD", "country", "sector")

    @property
    def trade(self) -> xr.DataArray:
        return self._label(self.trade_values, "trade", "million USD", "origin", "destination", "sector")

    @property
    def deficit(self) -> xr.DataArray:
        return self._label(self.deficit_values, "deficit", "million USD", "country")

    @property
    def gdp(self) -> xr.DataArray:
        return self._label(self.gdp_values, "gdp", "million USD", "country")

    # What one does with a world ------------------------------------------------------------------------

    def with_trade_elasticity(
        self, source: str | Path | Sequence[float] | np.ndarray | Mapping[str, float]
    ) -> World:
        """The same world with other trade elasticities: a shipped set's name, a CSV file (columns `sector`,
        `theta`), numbers in the order of `sectors`, or a mapping of some sectors to numbers.
        """
        from multipolar.world._elasticities import elasticities_for

        values, note = elasticities_for(self, source)
        return self._with(
            trade_elasticity_values=values, provenance={**self.provenance, "trade_elasticity": note}
        )

    def with_tariff(self, layer: str | Path | pd.DataFrame | Mapping[tuple[str, ...], float]) -> World:
        """The same flows with other tariffs on some corridors: a shipped layer's name (`us-2025-04`), a CSV file or
        table (columns `origin`, `destination`, `sector`, `tariff`; codes or named groups), or a mapping of
        `(origin, destination)` or `(origin, destination, sector)` to a fraction. Corridors not given keep theirs.

        Flows stay as they are, before tariffs; value added of users falls by the duties on their inputs, GDP rises by
        the duties on final goods. Raises `InputError` naming the row, `WorldError` where value added would vanish.
        """
        from multipolar.world._tariffs import with_tariff

        return with_tariff(self, layer)

    def with_capital_share(self, share: Any) -> World:
        """The same world with other capital shares of value added: one number, `[sector]` or `[country, sector]`,
        or a mapping of some sectors to numbers. Raises `WorldError` outside 0 to 1."""
        from multipolar.world._prepare import capital_shares

        if isinstance(share, Mapping):
            wrong = [s for s in share if s not in self.sectors]
            if wrong:
                raise WorldError("capital share: " + unknown("sector", wrong[0], self.sectors))
            given = dict(zip(self.sectors, self.capital_share_values.T, strict=True)) | dict(share)
            columns = [np.broadcast_to(given[s], len(self.countries)) for s in self.sectors]
            share = np.stack(columns, 1)
        values = capital_shares(self.countries, self.sectors, share)
        return self._with(
            capital_share_values=values, provenance={**self.provenance, "capital_share": "given by the user"}
        )

    def _with(self, **changes: Any) -> World:
        names = [f for f in self.__dataclass_fields__]
        kept = {n: getattr(self, n) for n in names if n not in changes}
        for value in changes.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        return World(**kept, **changes)

    def aggregate(
        self, countries: Mapping[str, Any] | str | None = None, sectors: Mapping[str, Any] | str | None = None
    ) -> World:
        """A smaller world. Each mapping is new code -> old code, list of old codes or named group; codes left
        out stay as they are. Flows add up exactly; elasticities average with trade, tariffs with trade.
        Raises `WorldError` for an unknown or doubly used code.
        """
        from multipolar.world._aggregate import aggregate

        return aggregate(self, countries=countries, sectors=sectors)

    def save(self, path: str | Path) -> Path:
        """Write the world to one `.npz` file, atomically; `World.load` reads it back bit for bit."""
        from multipolar.world._store import save

        return save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> World:
        """Read a world written by `save` (or by hand in that layout), checking everything again."""
        from multipolar.world._store import load

        return load(path)

    def to_frame(self) -> pd.DataFrame:
        """The flows in the tidy layout: columns `origin`, `sector`, `destination`, `use` (a sector, `consumption` or
        `investment`) and `value` (million USD); flows of zero are left out. The layout is in docs/tables.md.
        """
        from multipolar.world._export import to_frame

        return to_frame(self)

    def to_xarray(self) -> xr.Dataset:
        """Flows, tariffs, elasticities, capital shares, output and value added as one labelled dataset."""
        from multipolar.world._export import to_xarray

        return to_xarray(self)

    def to_pymrio(self) -> Any:
        """A `pymrio.IOSystem` with `Z`, `Y` and value added as extension `factor_inputs` (million USD). Tariffs and
        elasticities have no place in it. Raises `WorldError` where pymrio (extra `tables`) is not installed.
        """
        from multipolar.world._export import to_pymrio

        return to_pymrio(self)

    def export(self, path: str | Path) -> Path:
        """Write the world whole or not at all, in the kind the name says: `.parquet` or `.csv` (tidy layout, read back by
        `read_tidy`), `.nc` (the dataset of `to_xarray`), `.npz` (as `save`), or a folder for pymrio. Returns the path.
        Raises `WorldError` for another kind or a folder that is in use.
        """
        from multipolar.world._export import export

        return export(self, path)

    def summary(self) -> pd.DataFrame:
        """One row per country: GDP, exports, imports, deficit (million USD), trade openness (fraction)."""
        trade = self.trade_values.sum(2)
        abroad = trade - np.diag(np.diag(trade))
        frame = pd.DataFrame(
            {
                "name": self.country_names,
                "gdp": self.gdp_values,
                "exports": abroad.sum(1),
                "imports": abroad.sum(0),
                "deficit": self.deficit_values,
            },
            index=pd.Index(self.countries, name="country"),
        )
        frame["openness"] = (frame.exports + frame.imports) / (2 * frame.gdp)
        return frame

    def __repr__(self) -> str:
        size = f"{len(self.countries)} countries x {len(self.sectors)} sectors"
        gdp = self.value_added_values.sum() / 1e6
        return f"World({self.name!r}, {size}, year {self.year}, GDP {gdp:,.1f} trillion USD)"
