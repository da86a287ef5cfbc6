"""Random worlds and shocks for property tests."""

from __future__ import annotations

import equinox as eqx
import numpy as np

from multipolar.economy import Shock
from multipolar.world import World


def random_world(
    seed: int, countries: int = 3, sectors: int = 2, *, tariffs: bool = False, investment: bool = True
) -> World:
    """A dense world with value added around half of output; trade elasticities between 2 and 9."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.7, countries)
    home = 1 + 8 * np.eye(countries)
    corridor = np.einsum("i,n,in->in", size, size, home) * rng.lognormal(0, 0.5, (countries, countries))
    corridor = (corridor + corridor.T) / 2  # trade roughly balanced
    inputs = np.einsum("in,ikj->iknj", corridor, rng.lognormal(0, 0.5, (countries, sectors, sectors)))
    final = corridor[:, None, :, None] * rng.lognormal(0, 0.4, (countries, sectors, countries, 2)) * sectors
    final[..., 1] *= 0.3 if investment else 0
    output = inputs.sum((2, 3)) + final.sum((2, 3))
    scale = 0.5 * (output / inputs.sum((0, 1))).min()
    inputs = inputs * min(scale, 1.0)
    # Fewer sales to industry lower output: shrink inputs until value added is positive everywhere.
    while ((inputs.sum((2, 3)) + final.sum((2, 3))) < 1.4 * inputs.sum((0, 1))).any():
        inputs = inputs * 0.8
    tariff = (
        rng.uniform(0, 0.1, (countries, countries, sectors)) * (1 - np.eye(countries))[:, :, None]
        if tariffs
        else None
    )
    return World.from_arrays(
        [f"C{i}" for i in range(countries)], [f"s{k}" for k in range(sectors)], inputs, final,
        rng.uniform(2, 9, sectors), tariff, name=f"random-{seed}",
    )  # fmt: skip


def random_shock(seed: int, countries: int = 3, sectors: int = 2, *, revenue: bool = True) -> Shock:
    """Tariffs, export taxes, iceberg costs, productivity and transfers, all at once."""
    rng = np.random.default_rng(seed)
    abroad = (1 - np.eye(countries))[:, :, None, None]

    def wedge(size: float) -> np.ndarray:
        return 1 + abroad * rng.uniform(0, size, (countries, countries, sectors, 1))

    none = Shock.none(countries, sectors)
    transfer = rng.normal(0, 1e-3, countries)
    parts = (
        wedge(0.6) if revenue else none.importer_wedge,
        wedge(0.2) if revenue else none.exporter_wedge,
        wedge(0.5),
        np.exp(rng.normal(0, 0.1, (countries, sectors))),
        transfer - transfer.mean(),
    )
    return Shock(*parts)


def with_iceberg(shock: Shock, iceberg: np.ndarray) -> Shock:
    return eqx.tree_at(lambda s: s.iceberg, shock, iceberg)
