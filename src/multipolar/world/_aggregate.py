"""Fewer countries or sectors, the same money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import WorldError, unknown
from multipolar.world._groups import country_group, country_groups, sector_group, sector_groups

if TYPE_CHECKING:
    from multipolar.world._world import World


def aggregate(world: World, countries: Any = None, sectors: Any = None) -> World:
    """See `World.aggregate`."""
    from multipolar.world._world import World

    new_countries, rows = _membership("country", world.countries, countries)
    new_sectors, cols = _membership("sector", world.sectors, sectors)
    merge = np.zeros((len(new_countries), len(world.countries)))
    merge[rows, np.arange(len(world.countries))] = 1
    blend = np.zeros((len(new_sectors), len(world.sectors)))
    blend[cols, np.arange(len(world.sectors))] = 1

    def shrink(array: np.ndarray, *operators: np.ndarray) -> np.ndarray:
        for axis, operator in enumerate(operators):
            array = np.moveaxis(np.tensordot(operator, array, (1, axis)), 0, axis)
        return array

    intermediate = shrink(world.intermediate_values, merge, blend, merge, blend)
    final = shrink(world.final_values, merge, blend, merge)
    trade = world.trade_values
    abroad = trade * (1 - np.eye(len(world.countries)))[:, :, None]
    # A sector nobody trades still needs an elasticity: weigh by output then.
    weight = np.where(abroad.sum((0, 1)) > 0, abroad.sum((0, 1)), 1e-12 * world.output_values.sum(0) + 1e-30)
    theta = (blend @ (weight * world.trade_elasticity_values)) / (blend @ weight)
    duties = shrink(world.tariff_values * trade, merge, merge, blend)
    base = shrink(trade, merge, merge, blend)
    tariff = np.divide(duties, base, out=np.zeros_like(duties), where=base > 0)
    inside = np.arange(len(new_countries))
    # Duties between merged members cannot stay a tariff of a country on itself.
    lost = float(duties[inside, inside].sum())
    if lost:
        raise WorldError(
            f"aggregate: the merged countries levy {lost:,.0f} million USD of tariffs on each other, which the "
            "smaller world cannot hold. Keep them apart, or set these tariffs to zero first."
        )
    return World.from_arrays(
        new_countries,
        new_sectors,
        intermediate,
        final,
        theta,
        tariff,
        capital_share=_capital_share(world, merge, blend),
        country_names=_names(new_countries, world.countries, world.country_names),
        sector_names=_names(new_sectors, world.sectors, world.sector_names),
        name=f"{world.name} (aggregated)",
        year=world.year,
        provenance={**world.provenance, "aggregated_from": world.name},
    )._with(adjustments=world.adjustments)


def _capital_share(world: World, merge: np.ndarray, blend: np.ndarray) -> np.ndarray:
    """Averaged with value added; sectors nobody runs count equally."""
    weight = np.where(world.value_added_values > 0, world.value_added_values, 1e-9)
    return (merge @ (weight * world.capital_share_values) @ blend.T) / (merge @ weight @ blend.T)


def _names(new: Sequence[str], old: Sequence[str], names: Sequence[str]) -> list[str]:
    known = dict(zip(old, names, strict=True))
    return [known.get(code, code) for code in new]


def _membership(what: str, old: tuple[str, ...], wanted: Any) -> tuple[list[str], np.ndarray]:
    if wanted is None:
        return list(old), np.arange(len(old))
    if isinstance(wanted, str):
        wanted = {wanted: wanted}
    if not isinstance(wanted, Mapping):
        raise WorldError(
            f"aggregate: {what} must be a mapping of new code to old codes, got {type(wanted).__name__}."
        )
    owner: dict[str, str] = {}
    for new, members in wanted.items():
        for member in _expand(what, old, members):
            if member in owner:
                raise WorldError(f"aggregate: {what} {member!r} is in both {owner[member]!r} and {new!r}.")
            owner[member] = new
    codes: list[str] = []
    rows = []
    for code in old:
        new = owner.get(code, code)
        if code not in owner and code in wanted:
            raise WorldError(
                f"aggregate: new {what} code {code!r} is also a {what} that stays as it is; choose another."
            )
        if new not in codes:
            codes.append(new)
        rows.append(codes.index(new))
    return codes, np.array(rows)


def _expand(what: str, old: tuple[str, ...], members: Any) -> list[str]:
    found: list[str] = []
    for member in [members] if isinstance(members, str) else list(members):
        if member in old:
            found.append(member)
            continue
        groups = country_groups() if what == "country" else sector_groups()
        if member not in groups:
            raise WorldError("aggregate: " + unknown(f"{what} or group", member, [*old, *groups]))
        inside = country_group(member) if what == "country" else sector_group(member, old)
        found += [code for code in inside if code in old and code not in found]
    return found
