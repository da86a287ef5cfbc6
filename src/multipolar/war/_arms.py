"""What arms are made of: the imported content of the industries that stand for them, and the price of their inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError, unknown
from multipolar.war._economy import RUSSIA, positions

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.outcome import Outcome
    from multipolar.world import World


@dataclass(frozen=True, eq=False)
class ArmsContent:
    """Where the value of one dollar of arms comes from.

    `by_origin` `[country]`: fractions; the country's own is its value added (with tariffs paid on inputs), the
    others' what is imported from them, directly and through domestic suppliers. `direct` imports only the first
    round. `industries`: the sectors that stand for arms, weighted by output. `residual`: of the sum to one.
    """

    country: str
    industries: tuple[str, ...]
    by_origin: pd.Series
    imported: float
    direct: float
    residual: float
    year: int | None


def arms_content(world: World, country: str = RUSSIA) -> ArmsContent:
    """Imported-input content of `country`'s arms: its output of metals, machinery, electronics and vehicles.

    With `A` the domestic and `M_o` the imported input coefficients of the table (from origin o), and `f` the
    output shares of the arms industries, content from o is `1' M_o (I - A)^-1 f` (Hummels, Ishii and Yi 2001).
    Arms themselves are not in the tables. Raises `WorldError` for a country or industries the world lacks.
    """
    import pandas as pd

    industries, n, js = _arms(world, country)
    output = world.output_values[n]
    made = np.where(output > 0, output, 1.0)
    use = world.intermediate_values[:, :, n, :] / made  # [origin, good, using sector]
    domestic = use[n]
    weights = np.zeros(len(output))
    weights[js] = output[js] / output[js].sum()
    rounds = np.linalg.solve(np.eye(len(output)) - domestic, weights)
    content = use.sum(1) @ rounds
    direct = float(np.delete(use.sum(1) @ weights, n).sum())
    own = 1 - use.sum((0, 1))  # value added and tariffs on inputs, per unit of output
    content[n] = float(np.where(output > 0, own, 0.0) @ rounds)
    series = pd.Series(content, index=list(world.countries), name="content").sort_values(ascending=False)
    imported = float(np.delete(content, n).sum())
    residual = abs(float(content.sum()) - 1)
    return ArmsContent(country, industries, series, imported, direct, residual, world.year)


def arms_price(outcome: Outcome, country: str = RUSSIA) -> float:
    """The price of what `country`'s arms industries buy, relative to making it at home, over its baseline: it
    rises as imports become dear or are cut off, and is 1 without a shock. Finite while a domestic supplier is left.

    Over goods k with weights w (the industries' inputs): `prod_k (P_hat[k] / c_hat[k]) ^ w[k]`, where `P_hat` is
    the price over all origins and `c_hat` the domestic unit cost.
    """
    world, equilibrium = outcome.world, outcome.equilibrium
    _, n, js = _arms(world, country)
    economy, shock = equilibrium.economy, equilibrium.shock
    theta = np.asarray(economy.theta)
    cost = np.asarray(equilibrium.state.cost)  # log hats [country, sector]
    group = np.asarray(economy.groups)[js[0]]  # sourcing of the first arms industry where uses are apart
    share = np.asarray(economy.share)[:, n, :, group]
    wedge = np.ones_like(share)
    for part in (shock.importer_wedge, shock.exporter_wedge, shock.iceberg):
        values = np.asarray(part)[:, n]
        wedge = wedge * values[..., group if values.shape[-1] > 1 else 0]
    # Relative to the domestic cost, the index is sum over i of share x (c_i d_i / c_n)^-theta.
    index = (share * (np.exp(cost - cost[n]) * wedge) ** -theta).sum(0)
    weights = world.intermediate_values[:, :, n][:, :, js].sum((0, 2))
    weights = weights / weights.sum()
    used = weights > 0
    return float(np.exp(-(weights[used] * np.log(index[used]) / theta[used]).sum()))


def _arms(world: World, country: str) -> tuple[tuple[str, ...], int, np.ndarray]:
    from multipolar.world import sector_group

    if country not in world.countries:
        raise WorldError("arms content: " + unknown("country", country, world.countries))
    n = world.countries.index(country)
    wanted = [code for group in ("metals", "dual-use") for code in sector_group(group, world.sectors)]
    stand = tuple(s for s in wanted if world.output_values[n, world.sectors.index(s)] > 0)
    if not stand:
        raise WorldError(
            f"arms content: world {world.name!r} has no sector of metals, machinery, electronics or vehicles."
        )
    return stand, n, positions(world.sectors, stand)
