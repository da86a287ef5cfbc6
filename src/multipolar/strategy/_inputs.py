"""Whose inputs a country's industries rest on: at face value, through supply chains, and where one supplier rules.

The linear input-output model of the whole world table: `A[(i,k),(n,j)]` is what sector j of country n buys from sector k
of country i per USD of its output, `L = (I - A)^-1` the Leontief inverse. Nothing is merged before inverting: members
of a group keep their own recipes, and only the results are added up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import InputError
from multipolar.strategy._actors import Actors, actors_of, sectors_of
from multipolar.world import World

_CHOKEPOINT = [
    "country", "sector", "supplier", "share", "import_share", "hhi", "trade_elasticity", "input_share", "price_rise",
    "cost_rise",
]  # fmt: skip


def input_reliance(world: World, actors: Actors | None = None) -> xr.Dataset:
    """How much of each actor's inputs comes from whom, with and without looking through supply chains.

    Variables over `supplier`, `country`, `sector` (the industry that uses the inputs), per USD of output there;
    suppliers are the actors and every other country of the world:
    - `direct`: inputs bought from the supplier, the face value, columns of `A`
    - `total`: the supplier's gross output needed, directly and at every earlier stage, columns of `L - I = A + A^2 + ...`;
      never less than `direct`. Gross output is counted at each stage, so that it can exceed one
    - `value_added`: the supplier's value added in a USD of final output, `v' L`; over suppliers it sums to one, less
      the tariffs paid on the way
    and `output` `[country, sector]` in million USD: `table.weighted(table.output).mean("sector")` is the whole actor's.
    An actor's own entry is what it buys from itself. A group's is the mean of its members', weighted with output.

    Baldwin, Freeman and Theodorakopoulos (2022) compare face value with looking through, which they find to be
    several times larger. Raises `InputError` as `actors_of`.
    """
    masks = actors_of(world, actors)
    suppliers = _suppliers(world, masks)
    technology, inverse = _technology(world), _leontief(world)
    n, j = len(world.countries), len(world.sectors)
    output = world.output_values
    own = np.divide(world.value_added_values, output, out=np.zeros_like(output), where=output > 0)
    weight = np.stack(list(masks.values()))[..., None] * output
    total_output = weight.sum(1)
    weight = np.divide(
        weight, total_output[:, None], out=np.zeros_like(weight), where=total_output[:, None] > 0
    )
    by_supplier = np.stack(list(suppliers.values())).astype(float)

    def collected(matrix: np.ndarray) -> np.ndarray:
        """`[(i,k),(n,j)]` to `[supplier, actor, j]`: sums over origins and their sectors, means over members."""
        by_origin = matrix.reshape(n, j, n, j).sum(1)
        return np.einsum("si,inj,anj->saj", by_supplier, by_origin, weight, optimize=True)

    dims = ("supplier", "country", "sector")
    units = {"units": "USD per USD of output"}
    return xr.Dataset(
        {
            "direct": (dims, collected(technology), units),
            "total": (dims, collected(inverse - np.eye(n * j)), units),
            "value_added": (dims, collected(own.reshape(-1, 1) * inverse), units),
            "output": (("country", "sector"), total_output, {"units": "million USD"}),
        },
        coords={"supplier": list(suppliers), "country": list(masks), "sector": list(world.sectors)},
        attrs={"world": world.name},
    )


def supplier_concentration(world: World, actors: Actors | None = None) -> xr.Dataset:
    """From whom each actor's industries buy each input, and how concentrated that is.

    Over `country` (the buying actor) and `sector` (the input): `share` by `supplier` of all purchases of that input by
    industries, the actor's own included; `imports`, the part bought abroad; `hhi`, the Herfindahl-Hirschman index
    of the foreign suppliers, the sum of squared shares in imports, one for a single supplier; `spending`, million USD.
    Inputs bought from nobody are NaN. Raises `InputError` as `actors_of`.
    """
    masks = actors_of(world, actors)
    suppliers = _suppliers(world, masks)
    bought = world.intermediate_values.sum(3)  # [i, k, n]
    by_supplier = np.stack(list(suppliers.values())).astype(float)
    by_actor = np.stack(list(masks.values())).astype(float)
    flow = np.einsum("si,ikn,an->sak", by_supplier, bought, by_actor, optimize=True)
    spending = flow.sum(0)
    foreign = flow * ~_own(suppliers, masks)[..., None]
    imports = foreign.sum(0)
    with np.errstate(invalid="ignore"):
        share, in_imports, hhi = flow / spending, imports / spending, ((foreign / imports) ** 2).sum(0)
    dims = ("country", "sector")
    return xr.Dataset(
        {
            "share": (("supplier", *dims), share, {"units": "fraction"}),
            "imports": (dims, in_imports, {"units": "fraction"}),
            "hhi": (dims, hhi, {"units": "1"}),
            "spending": (dims, spending, {"units": "million USD"}),
        },
        coords={"supplier": list(suppliers), "country": list(masks), "sector": list(world.sectors)},
        attrs={"world": world.name},
    )


def chokepoints(
    world: World,
    actors: Actors | None = None,
    *,
    import_share: float = 0.3,
    trade_elasticity: float = 5.0,
) -> pd.DataFrame:
    """Inputs hard to replace and dominated by one foreign supplier, the costliest to lose first.

    A row for each `country` (an actor) and `sector` (the input) whose largest foreign `supplier` delivers at least
    `import_share` of the imported input and whose trade elasticity is at most `trade_elasticity`. Columns: `share` of the
    supplier in all purchases of the input, `import_share` in imports of it, `hhi`, `trade_elasticity`, `input_share` of
    the input in all material costs; `price_rise`, of the input if that supplier is lost and other prices stay,
    `(1 - share) ** (-1 / trade_elasticity) - 1`; and `cost_rise`, `input_share * price_rise`, the first-order rise of
    material cost, by which rows are sorted. Fractions all. Raises `InputError` for a threshold out of range.
    """
    if not (0 <= import_share <= 1 and trade_elasticity > 0):
        raise InputError(
            f"chokepoints: import_share is {import_share!r} and trade_elasticity {trade_elasticity!r}; expected a share from "
            "0 to 1 and a positive elasticity."
        )
    table = supplier_concentration(world, actors)
    foreign = table.share.where(table.supplier != table.country)
    top = foreign.fillna(-1.0).argmax("supplier")
    share = foreign.isel(supplier=top).drop_vars("supplier")
    theta = world.trade_elasticity
    with np.errstate(divide="ignore", invalid="ignore"):
        frame = xr.Dataset(
            {
                "supplier": table.supplier[top].drop_vars("supplier"),
                "share": share,
                "import_share": share / table.imports,
                "hhi": table.hhi,
                "trade_elasticity": theta,
                "input_share": table.spending / table.spending.sum("sector"),
                "price_rise": (1 - share) ** (-1 / theta) - 1,
            }
        ).to_dataframe()
    frame["cost_rise"] = frame.input_share * frame.price_rise
    rows = frame.query("import_share >= @import_share and trade_elasticity <= @trade_elasticity")
    return pd.DataFrame(rows.sort_values("cost_rise", ascending=False).reset_index()[_CHOKEPOINT])


def hypothetical_extraction(
    world: World, supplier: str, user: str | None = None, sectors: str | Sequence[str] = ()
) -> xr.Dataset:
    """What disappears when a supplier's inputs are taken out of the users' recipes, with nothing in their place.

    `supplier`, `user`: a country or group; no user means every other country. `sectors`: the inputs extracted (default
    all). Final demand is untouched. Variables over `country`, `sector`, million USD, positive is a loss:
    - `output_demand`, `value_added_demand`: sales lost when the users no longer order these inputs, by the supplier and
      everybody upstream of it: `x - (I - A*)^-1 f` with the entries struck from `A` (Dietzenbacher and Lahr 2013)
    - `output_supply`: output that held these inputs, directly or at later stages, in the users and everybody downstream:
      `x' - v' (I - B*)^-1` with the entries struck from the allocation shares `B` (Ghosh's model)
    Neither lets anybody substitute, so both bound from above what `dependence` measures. Raises as `actors_of`.
    """
    sells = next(iter(actors_of(world, [supplier]).values()))
    buys = ~sells if user is None else next(iter(actors_of(world, [user]).values()))
    if np.any(sells & buys):
        raise InputError(
            f"hypothetical extraction: {supplier!r} and {user!r} overlap; name two different actors."
        )
    n, j = len(world.countries), len(world.sectors)
    struck = (sells[:, None] & sectors_of(world, sectors)).reshape(-1, 1) & np.repeat(buys, j)
    flows = world.intermediate_values.reshape(n * j, n * j)
    output = world.output_values.reshape(-1)
    safe = np.where(output > 0, output, 1.0)
    kept = np.where(struck, 0.0, flows)
    final = world.final_values.sum((2, 3)).reshape(-1)
    primary = output - flows.sum(0)
    by_demand = output - np.linalg.solve(np.eye(n * j) - kept / safe, final)
    by_supply = output - np.linalg.solve((np.eye(n * j) - kept / safe[:, None]).T, primary)
    own = world.value_added_values.reshape(-1) / safe
    dims, units = ("country", "sector"), {"units": "million USD"}
    return xr.Dataset(
        {
            "output_demand": (dims, by_demand.reshape(n, j), units),
            "value_added_demand": (dims, (own * by_demand).reshape(n, j), units),
            "output_supply": (dims, by_supply.reshape(n, j), units),
            "extracted": ((), float(flows[struck].sum()), units),
        },
        coords={"country": list(world.countries), "sector": list(world.sectors)},
        attrs={"world": world.name, "supplier": supplier, "user": user or "everybody else"},
    )


def _technology(world: World) -> np.ndarray:
    size = world.output_values.size
    output = world.output_values.reshape(-1)
    flows = world.intermediate_values.reshape(size, size)
    return np.divide(flows, output, out=np.zeros_like(flows), where=output > 0)


def _leontief(world: World) -> np.ndarray:
    technology = _technology(world)
    return np.linalg.inv(np.eye(len(technology)) - technology)


def _suppliers(world: World, masks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The actors, then every country outside them on its own."""
    inside = np.any(list(masks.values()), axis=0)
    rest = {
        code: np.isin(world.countries, [code])
        for code, taken in zip(world.countries, inside, strict=True)
        if not taken
    }
    return {**masks, **rest}


def _own(suppliers: dict[str, np.ndarray], masks: dict[str, np.ndarray]) -> np.ndarray:
    """Whether a supplier is the buyer itself `[supplier, actor]`."""
    return np.array([[s == a for a in masks] for s in suppliers])
