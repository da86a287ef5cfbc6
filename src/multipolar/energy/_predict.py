"""2023 predicted from 2021: what the gas network says of the loss of Russian pipelines, against what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipolar.energy import _gas, _oil
from multipolar.energy._data import table
from multipolar.energy._levers import Levers
from multipolar.energy._result import EnergyResult

CLOSED = ("nord-stream-1", "yamal-europe", "maghreb-europe")
SAVING = (
    0.15  # Council Regulation (EU) 2022/1369: voluntary reduction of gas demand, August 2022 to March 2024
)
# Growth of real GDP 2021 to 2023 and of production capacity: known without the gas market of 2023.
GROWTH = {"CHN": 0.083, "IND": 0.15, "OASI": 0.08, "USA": 0.045, "RUS": 0.024, "TUR": 0.11}
GROWTH_SOURCE = "real GDP 2021 to 2023, general knowledge, rounded, unconfirmed"
FIGURES = (
    # figure, unit, how to read it off a result
    ("price European Union", "USD/1000 m3"), ("price China", "USD/1000 m3"), ("price Japan", "USD/1000 m3"),
    ("price United States", "USD/1000 m3"),
    ("consumption European Union", "bcm"), ("consumption United Kingdom", "bcm"), ("consumption Türkiye", "bcm"),
    ("consumption China", "bcm"), ("consumption Japan", "bcm"), ("consumption India", "bcm"), ("consumption Russia", "bcm"),
    ("production Russia", "bcm"), ("production Norway", "bcm"), ("production United States", "bcm"),
    ("LNG to European Union", "bcm"), ("LNG to China", "bcm"), ("LNG to Japan", "bcm"),
    ("LNG from United States", "bcm"), ("LNG from Qatar", "bcm"), ("pipe Algeria to European Union", "bcm"),
    ("pipe Russia to European Union", "bcm"), ("pipe Russia to China", "bcm"), ("pipe Central Asia to China", "bcm"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Prediction:
    """`table`: one row per figure with `unit`, the value `seen_2021` and `seen_2023`, the prediction with closures
    only (`closures`), with new capacity too (`supply`), with European saving and growth too (`all`), and `miss`, `all` less
    `seen_2023`. `results`: the equilibria. `skill`: 1 - (sum of squared log errors) / (that of no change), by step;
    `given` rows are what the closures themselves fix, and do not count."""

    table: pd.DataFrame
    results: dict[str, EnergyResult]
    skill: dict[str, float]


def predict() -> Prediction:
    """Predict 2023 from the network of 2021 in three steps: pipelines lost; capacity added; demand moved by policy and
    growth. Nothing of the outcome of 2023 enters but the transit left through Ukraine and Power of Siberia's contract."""
    use = table("gas_route_use").query("year == 2023").set_index("route")
    q = table("gas_quantities").set_index(["measure", "node", "year"])["value"]
    closures = {r: float(use.at[r, "available"]) for r in ("ukraine-transit",)}
    capacity = {**closures, **{r: float(use.at[r, "available"]) for r in ("power-of-siberia", "baltic-pipe")}}
    added = {
        n: float(q["liquefaction", n, 2023] - q["liquefaction", n, 2021])
        for n in ("USA", "RUS")
        if q["liquefaction", n, 2023] > q["liquefaction", n, 2021]
    }
    terminals = {"EUR": float(q["regasification", "EUR", 2023] - q["regasification", "EUR", 2021])}
    supply = {"USA": float(q["production", "USA", 2023] / q["production", "USA", 2021] - 1)}
    first = Levers(year=2021, shut=CLOSED, capacity=closures)
    second = first.model_copy(
        update={
            "capacity": capacity,
            "liquefaction": added,
            "regasification": terminals,
            "gas_supply": supply,
        }
    )
    demand = {**GROWTH, "EUR": -SAVING, "GBR": -SAVING}
    third = second.model_copy(update={"gas_demand": demand})
    steps = {"closures": first, "supply": second, "all": third}
    results = {name: _gas.gas(levers) for name, levers in steps.items()}
    seen = {y: _gas.gas(Levers.model_validate({"year": y})) for y in (2021, 2023)}
    frame = pd.DataFrame({"unit": dict(FIGURES)})
    frame.index.name = "figure"
    for name, result in (("seen_2021", seen[2021]), ("seen_2023", seen[2023]), *results.items()):
        frame[name] = pd.Series(figures(result))
    frame["miss"] = frame["all"] - frame["seen_2023"]
    fixed = ["pipe Russia to European Union", "pipe Russia to China"]
    frame["given"] = frame.index.isin(fixed)
    judged = frame[~frame["given"]]
    base = np.log(judged["seen_2021"] / judged["seen_2023"])
    skill = {
        name: float(1 - (np.log(judged[name] / judged["seen_2023"]) ** 2).sum() / (base**2).sum())
        for name in steps
    }
    return Prediction(frame, results, skill)


def figures(result: EnergyResult) -> dict[str, float]:
    """The figures of `FIGURES` in one gas equilibrium."""
    name = dict(zip(table("gas_nodes")["name"], table("gas_nodes")["node"], strict=True))
    name["Central Asia"] = ""
    flows: Any = result.flows
    balance: Any = result.balance
    prices: Any = result.prices
    out: dict[str, float] = {}
    for figure, _ in FIGURES:
        what, _, rest = figure.partition(" ")
        if what == "price":
            out[figure] = float(prices[name[rest]])
        elif what in ("consumption", "production"):
            column = "demand" if what == "consumption" else "supply"
            out[figure] = float(balance.at[name[rest], column])
        elif what == "LNG":
            side, _, node = rest.partition(" ")
            chosen = (flows["kind"] == "lng") & (flows[side] == name[node])
            out[figure] = float(flows.loc[chosen, "flow"].sum())
        else:
            tail, _, head = rest.partition(" to ")
            tails = ["TKM", "UZB", "KAZ"] if tail == "Central Asia" else [name[tail]]
            chosen = (flows["kind"] == "pipe") & flows["from"].isin(tails) & (flows["to"] == name[head])
            out[figure] = float(flows.loc[chosen, "flow"].sum())
    return out


def oil_prediction() -> pd.DataFrame:
    """Russian crude in 2023 by destination, mb/d, from the network of 2021 under embargo and cap: `seen_2021`,
    `predicted`, `seen_2023`. Only Brent and Urals were fitted, not destinations."""
    before, after = _oil.oil(Levers(year=2021)), _oil.oil(Levers())
    rows = {"China": ["CHN"], "India": ["IND"], "Europe": ["EUR"], "all": None}
    seen = {"China": 2.0, "India": 1.4, "Europe": np.nan, "all": 5.0}
    frame = pd.DataFrame(index=pd.Index(list(rows), name="destination"))
    for column, result in (("seen_2021", before), ("predicted", after)):
        trade = result.trade["flow"].loc["RUS"]
        frame[column] = [float(trade.sum() if d is None else trade[d].sum()) for d in rows.values()]
    frame["seen_2023"] = pd.Series(seen)
    return frame
