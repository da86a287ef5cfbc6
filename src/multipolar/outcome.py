"""An Outcome: the labelled results of one variant against the baseline.

In comes a certified `Equilibrium` and the world it belongs to; the one crossing from plain arrays to labels
is here. Out go xarray objects and tidy tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.economy import EFFECTS, Certificate, Equilibrium, Shock, certify, decompose
from multipolar.economy._certificate import accounts
from multipolar.economy._model import State
from multipolar.economy._solve import fixed_point_on_path
from multipolar.world import World

if TYPE_CHECKING:
    from multipolar.satellite import Adjustment
    from multipolar.scenario import Measure


@dataclass(frozen=True, eq=False)
class Outcome:
    """Results of one variant. Changes are fractions of the baseline (0.01 is +1%); money is million USD with
    world GDP at factor cost held at its baseline, the numeraire.

    `satellites`: what each satellite model did to the economy and found itself, by room.
    The baseline is the world as it is; under the closure `balanced`, the same world with balanced trade.
    """

    world: World
    equilibrium: Equilibrium
    scenario: str = ""
    variant: str = ""
    measures: tuple[Measure, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    satellites: Mapping[str, Adjustment] = field(default_factory=dict)
    joint_gap: float | None = None

    @property
    def certificate(self) -> Certificate:
        """The residual of every equilibrium condition, each at most 1e-9; with satellite models also of their
        agreement with the economy."""
        return self._with_joint(self.equilibrium.certificate)

    def _with_joint(self, certificate: Certificate) -> Certificate:
        if self.joint_gap is None:
            return certificate
        return replace(
            certificate,
            residuals={**certificate.residuals, "joint": self.joint_gap},
            worst_at={**certificate.worst_at, "joint": ", ".join(self.satellites)},
        )

    @cached_property
    def _new(self) -> dict[str, np.ndarray]:
        e = self.equilibrium
        return accounts(e.economy, e.shock, e.state)

    @cached_property
    def _base(self) -> dict[str, np.ndarray]:
        economy, shock = self.equilibrium.economy, self.equilibrium.shock
        none = Shock.none(*economy.output.shape)
        state = State.baseline(economy)
        if economy.closure == "balanced":
            state = fixed_point_on_path(economy, shock, 0.0, state)
        books = accounts(economy, none, state)
        return books

    def _label(self, values: np.ndarray, name: str, units: str, *dims: str) -> xr.DataArray:
        labels = {"sector": self.world.sectors, "effect": EFFECTS}
        coords = {d: list(labels.get(d, self.world.countries)) for d in dims}
        return xr.DataArray(values, dims=dims, coords=coords, name=name, attrs={"units": units})

    @cached_property
    def _log_welfare(self) -> np.ndarray:
        new, base = self._new, self._base
        consumption = new["final_use"][:, 0] / base["final_use"][:, 0]
        return np.log(consumption) - (new["basket"] - base["basket"])[:, 0]

    @property
    def welfare(self) -> xr.DataArray:
        """Equivalent variation as a fraction of baseline consumption `[country]`: the change of real
        consumption (preferences are homothetic, so the two coincide)."""
        return self._label(np.expm1(self._log_welfare), "welfare", "fraction", "country")

    @property
    def welfare_usd(self) -> xr.DataArray:
        """Equivalent variation in million USD `[country]`."""
        consumption = self._base["final_use"][:, 0] * self.equilibrium.economy.money
        return self._label(np.expm1(self._log_welfare) * consumption, "welfare_usd", "million USD", "country")

    @property
    def prices(self) -> xr.DataArray:
        """Change of the consumption price index `[country]`."""
        change = (self._new["basket"] - self._base["basket"])[:, 0]
        return self._label(np.expm1(change), "prices", "fraction", "country")

    @property
    def wages(self) -> xr.DataArray:
        """Change of the wage `[country]`: labour's average return, or that of value added as one factor."""
        income = self._new["factor_income"][:, 0] / self._base["factor_income"][:, 0]
        return self._label(income - 1, "wages", "fraction", "country")

    @property
    def real_wages(self) -> xr.DataArray:
        """Change of the wage in terms of the consumption basket `[country]`."""
        return self._label(
            ((1 + self.wages) / (1 + self.prices)).values - 1, "real_wages", "fraction", "country"
        )

    @property
    def real_income(self) -> xr.DataArray:
        """Change of national expenditure in terms of all final goods, consumption and investment `[country]`."""
        new, base = self._new, self._base
        split = sum(b["final_use"] / b["expenditure"][:, None] for b in (new, base)) / 2
        index = (split * (new["basket"] - base["basket"])).sum(1)
        change = np.log(new["expenditure"] / base["expenditure"]) - index
        return self._label(np.expm1(change), "real_income", "fraction", "country")

    @property
    def real_gdp(self) -> xr.DataArray:
        """Change of GDP (value added and revenue) in terms of the consumption basket `[country]`."""
        gdp = [
            b["wage_bill"] + b["importer_revenue"] + b["exporter_revenue"] for b in (self._new, self._base)
        ]
        return self._label(gdp[0] / gdp[1] / (1 + self.prices.values) - 1, "real_gdp", "fraction", "country")

    @property
    def output(self) -> xr.DataArray:
        """Gross output `[country, sector]`, million USD at the producer's price."""
        money = self.equilibrium.economy.money
        return self._label(self._new["output"] * money, "output", "million USD", "country", "sector")

    @property
    def output_baseline(self) -> xr.DataArray:
        money = self.equilibrium.economy.money
        return self._label(
            self._base["output"] * money, "output_baseline", "million USD", "country", "sector"
        )

    @property
    def trade(self) -> xr.DataArray:
        """Sales `[origin, destination, sector]`, million USD at the border, before tariffs."""
        return self._trade(self._new, "trade")

    @property
    def trade_baseline(self) -> xr.DataArray:
        return self._trade(self._base, "trade_baseline")

    def _trade(self, books: dict[str, np.ndarray], name: str) -> xr.DataArray:
        values = books["border"].sum(3) * self.equilibrium.economy.money
        return self._label(values, name, "million USD", "origin", "destination", "sector")

    @property
    def revenue(self) -> xr.DataArray:
        """Revenue of all wedges, tariffs, export taxes and rents `[country]`, million USD."""
        return self._revenue(self._new, "revenue")

    @property
    def revenue_baseline(self) -> xr.DataArray:
        return self._revenue(self._base, "revenue_baseline")

    def _revenue(self, books: dict[str, np.ndarray], name: str) -> xr.DataArray:
        values = (books["importer_revenue"] + books["exporter_revenue"]) * self.equilibrium.economy.money
        return self._label(values, name, "million USD", "country")

    @property
    def terms_of_trade(self) -> xr.DataArray:
        """Change of the export price index relative to the import price index `[country]`: Tornqvist
        indices of border prices (before tariffs, after export taxes)."""
        n = len(self.world.countries)
        abroad = (1 - np.eye(n))[:, :, None, None]
        cost = np.asarray(self.equilibrium.state.cost) - self._base["unit_cost"]
        log_price = cost[:, None, :, None] + np.log(np.asarray(self.equilibrium.shock.exporter_wedge))

        def share(flows: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
            total = flows.sum(axes, keepdims=True)
            return np.divide(flows, total, out=np.zeros_like(flows), where=total > 0)

        def index(axes: tuple[int, ...]) -> np.ndarray:
            shares = [share(b["border"] * abroad, axes) for b in (self._new, self._base)]
            return ((shares[0] + shares[1]) / 2 * log_price).sum(axes)

        return self._label(
            np.expm1(index((1, 2, 3)) - index((0, 2, 3))), "terms_of_trade", "fraction", "country"
        )

    @cached_property
    def _effects(self) -> tuple[np.ndarray, float]:
        return decompose(self.equilibrium)

    @property
    def decomposition(self) -> xr.DataArray:
        """Where the welfare change comes from `[country, effect]`, log points: the effects sum to
        `log(1 + welfare)`; the largest gap is in `.attrs["adding_up"]`. See `economy.decompose`."""
        effects, gap = self._effects
        labelled = self._label(effects, "decomposition", "log points", "country", "effect")
        labelled.attrs["adding_up"] = gap
        return labelled

    @property
    def first_order_decomposition(self) -> xr.DataArray:
        """Caliendo and Parro's local decomposition `[country, effect]`, fractions of baseline expenditure:
        terms of trade and volume of trade, at baseline flows and tariffs with finite changes for
        differentials (2015, equations 15-17, as in their Table 2).

        It replicates their published figures, but is not the welfare change: it values the whole growth of
        trade at the old tariff. For large tariff cuts it overstates the gain; see `welfare`, `decomposition`.
        """
        new, base = self._new, self._base
        abroad = (1 - np.eye(len(self.world.countries)))[:, :, None]
        before, after = base["border"].sum(3) * abroad, new["border"].sum(3) * abroad
        cost = np.expm1(np.asarray(self.equilibrium.state.cost) - base["unit_cost"])
        terms = (before.sum(1) * cost).sum(1) - np.einsum("ink,ik->n", before, cost)
        # before * (hat - 1), also where the corridor is empty.
        growth = after - before - before * cost[:, None]
        volume = np.einsum("ink,ink->n", self.equilibrium.economy.tariff, growth)
        values = np.stack([terms, volume], 1) / base["expenditure"][:, None]
        coords = {"country": list(self.world.countries), "effect": list(EFFECTS[:2])}
        return xr.DataArray(
            values, dims=("country", "effect"), coords=coords, name="first_order_decomposition"
        )

    def recertify(self) -> Certificate:
        """Compute the certificate again from the stored state."""
        e = self.equilibrium
        return self._with_joint(certify(e.economy, e.shock, e.state, e.certificate.solver))

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Tidy tables: `countries`, `sectors`, `trade`, `decomposition`, `certificate`."""
        per_country = [
            self.welfare, self.welfare_usd, self.real_income, self.real_gdp, self.wages, self.real_wages, self.prices,
            self.terms_of_trade, self.revenue, self.revenue_baseline,
        ]  # fmt: skip
        trade = pd.DataFrame(
            {"trade_baseline": self.trade_baseline.to_series(), "trade": self.trade.to_series()}
        ).reset_index()
        traded = (trade["trade"] > 0) | (trade["trade_baseline"] > 0)
        residuals = self.certificate.residuals
        return {
            "countries": pd.DataFrame({a.name: a.to_series() for a in per_country}).reset_index(),
            "sectors": pd.DataFrame(
                {"output_baseline": self.output_baseline.to_series(), "output": self.output.to_series()}
            ).reset_index(),
            "trade": pd.DataFrame(trade[traded]).reset_index(drop=True),
            "decomposition": self.decomposition.to_series().rename("log_points").reset_index(),
            "certificate": pd.DataFrame(
                {
                    "condition": list(residuals),
                    "residual": list(residuals.values()),
                    "worst_at": [self.certificate.worst_at[c] for c in residuals],
                    "tolerance": self.certificate.tolerance,
                }
            ),
        }

    def summary(self, countries: Sequence[str] | None = None) -> pd.DataFrame:
        """One row per country, percent: welfare, real wage, prices, terms of trade; largest losers first."""
        frame = pd.DataFrame(
            {
                "welfare %": 100 * self.welfare.to_series(),
                "real wage %": 100 * self.real_wages.to_series(),
                "prices %": 100 * self.prices.to_series(),
                "terms of trade %": 100 * self.terms_of_trade.to_series(),
            }
        )
        return frame.loc[list(countries)] if countries else frame.sort_values("welfare %")

    def __repr__(self) -> str:
        change = self.welfare.to_series()
        low, high = change.idxmin(), change.idxmax()
        return (
            f"Outcome({self.scenario or 'measures'}/{self.variant or '-'}: welfare from {low} {change[low]:+.2%} to "
            f"{high} {change[high]:+.2%}; worst residual {self.certificate.worst:.0e})"
        )
