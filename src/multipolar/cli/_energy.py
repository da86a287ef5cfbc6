"""Commands on the energy networks: gas, crude, the bargain over Power of Siberia 2, 2023 predicted from 2021."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.cli._shared import (
    AsJson,
    CsvFolder,
    err,
    out,
    print_json,
    print_table,
    records,
    say_written,
    write_csv,
)
from multipolar.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.energy import EnergyResult, Levers

Shut = Annotated[list[str] | None, typer.Option("--shut", help="Shut this pipeline; repeatable.")]
Open = Annotated[
    list[str] | None, typer.Option("--open", help="Open it to full capacity, or build it; repeatable.")
]
Capacity = Annotated[
    list[str] | None, typer.Option("--capacity", metavar="ROUTE=N", help="A pipeline's capacity.")
]
Demand = Annotated[
    list[str] | None, typer.Option("--demand", metavar="NODE=F", help="Shift demand, e.g. EUR=-0.15.")
]
Supply = Annotated[
    list[str] | None, typer.Option("--supply", metavar="NODE=F", help="Shift supply, e.g. USA=0.1.")
]
Year = Annotated[int, typer.Option("--year", help="2021, or 2023 (stands for May 2024).")]
ROWS = 12


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    group = typer.Typer(help="Gas and oil networks: flows, prices, what each pipe is worth, who pays.")
    for command in (gas, oil, bargain, predict, routes):
        group.command()(command)
    app.add_typer(group, name="energy", no_args_is_help=True)


def gas(
    shut: Shut = None,
    opened: Open = None,
    capacity: Capacity = None,
    demand: Demand = None,
    supply: Supply = None,
    liquefaction: Annotated[
        list[str] | None, typer.Option("--lng", metavar="NODE=BCM", help="LNG export capacity added.")
    ] = None,
    regasification: Annotated[
        list[str] | None, typer.Option("--terminals", metavar="NODE=BCM", help="LNG import capacity added.")
    ] = None,
    lng_embargo: Annotated[
        list[str] | None, typer.Option("--lng-embargo", metavar="NODE", help="Takes no Russian LNG.")
    ] = None,
    year: Year = 2023,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Natural gas: prices, pipelines and who pays, against the year as it was.

    Example: multipolar energy gas --shut turkstream-europe --open power-of-siberia-2
    """
    from multipolar import energy

    levers = _levers(
        year=year, shut=shut, open=opened, capacity=_pairs("--capacity", capacity), gas_demand=_pairs("--demand", demand),
        gas_supply=_pairs("--supply", supply), liquefaction=_pairs("--lng", liquefaction),
        regasification=_pairs("--terminals", regasification), lng_embargo=lng_embargo,
    )  # fmt: skip
    with err.status("solving", spinner="line"):
        after, before = energy.gas(levers), energy.gas(levers.default)
    _show(after, before, out_dir, as_json)


def oil(
    cap: Annotated[
        str | None, typer.Option("--cap", metavar="USD", help="Price cap, USD a barrel, or none.")
    ] = None,
    embargo: Annotated[
        list[str] | None,
        typer.Option("--embargo", metavar="NODE", help="Takes no Russian crude by sea; none for nobody."),
    ] = None,
    fleet: Annotated[
        float | None, typer.Option("--fleet", help="Shadow fleet, million barrels a day.")
    ] = None,
    shadow_cost: Annotated[
        float | None, typer.Option("--shadow-cost", help="Its extra cost, USD/bbl.")
    ] = None,
    shut: Shut = None,
    opened: Open = None,
    capacity: Capacity = None,
    demand: Demand = None,
    supply: Supply = None,
    year: Year = 2023,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Crude oil: Brent, Urals, Russia's buyers and who pays, against the year as it was.

    Example: multipolar energy oil --cap 50 --fleet 1.2
    """
    from multipolar import energy

    nobody = embargo is not None and [e.lower() for e in embargo] == ["none"]
    levers = _levers(
        year=year, price_cap=_cap(cap), oil_embargo=[] if nobody else embargo, shadow_fleet=fleet, shadow_cost=shadow_cost,
        shut=shut, open=opened, capacity=_pairs("--capacity", capacity), oil_demand=_pairs("--demand", demand),
        oil_supply=_pairs("--supply", supply), keep_empty=("oil_embargo",) if nobody else (),
    )  # fmt: skip
    with err.status("solving", spinner="line"):
        after, before = energy.oil(levers), energy.oil(levers.default)
    urals = {"with": energy.urals(after).to_dict(), "before": energy.urals(before).to_dict()}
    _show(after, before, out_dir, as_json, {"urals": urals, "cap_rent": after.cap_rent})


def bargain(
    power: Annotated[float, typer.Option(help="Russia's bargaining power, 0 to 1.")] = 0.5,
    capital: Annotated[float | None, typer.Option(help="Cost of the pipe, million USD.")] = None,
    inland: Annotated[
        float | None, typer.Option(help="Carriage inside China, USD per 1000 cubic metres.")
    ] = None,
    opened: Open = None,
    shut: Shut = None,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """The price of gas through Power of Siberia 2: the range, the Nash solution, outside options.

    Example: multipolar energy bargain --power 0.3 --capital 25000
    """
    from multipolar import energy

    with err.status("solving", spinner="line"):
        found = energy.bargain(_levers(open=opened, shut=shut), power=power, capital=capital, inland=inland)
        options = energy.bargaining_table(power, capital=capital, inland=inland)
    files = write_csv(out_dir, {"bargain": options.reset_index()})
    figures = {
        name: getattr(found, name)
        for name in ("power", "volume", "reserve_russia", "reserve_china", "price", "joint", "gain_russia", "gain_china")
    }  # fmt: skip
    if as_json:
        print_json({**figures, "outside_options": records(options.reset_index()), "files": files})
        return
    out.print("[bold]Power of Siberia 2[/bold], USD per 1000 cubic metres at the Chinese border")
    out.print(f"Russia gains above {found.reserve_russia:.0f}, China below {found.reserve_china:.0f}")
    if math.isnan(found.price):
        out.print("there is no price at which both gain")
    else:
        out.print(
            f"Nash solution at power {power:g}: [bold]{found.price:.0f}[/bold]; a year it brings Russia "
            f"{found.gain_russia / 1e3:.1f} and China {found.gain_china / 1e3:.1f} billion USD"
        )
    shown: Any = options.reset_index()[
        ["outside_option", "reserve_russia", "price", "reserve_china", "worth"]
    ]
    shown = shown.round(0)
    shown["worth"] = (options["worth"] / 1e3).round(1).to_numpy()
    shown.columns = ["without agreement", "lowest", "price", "highest", "bn USD"]
    print_table(_words(shown))
    out.print("bn USD: what Russia has in that world over today's bargain, a year")
    _certified(found.agreement)
    say_written(files)


def predict(out_dir: CsvFolder = None, as_json: AsJson = False) -> None:
    """2023 predicted from the networks of 2021 plus what was known, against what was seen."""
    from multipolar import energy

    with err.status("solving", spinner="line"):
        found, crude = energy.predict(), energy.oil_prediction()
    files = write_csv(out_dir, {"gas_2023": found.table.reset_index(), "oil_2023": crude.reset_index()})
    if as_json:
        print_json(
            {
                "gas": records(found.table.reset_index()),
                "oil": records(crude.reset_index()),
                "skill": found.skill,
                "files": files,
            }
        )
        return
    columns = ["seen_2021", "closures", "supply", "all", "seen_2023"]
    print_table(_words(found.table[columns].round(0).reset_index()))
    skill = ", ".join(f"{name} {value:.2f}" for name, value in found.skill.items())
    out.print(f"skill over no change (1 is perfect, 0 none): {skill}")
    out.print("\nRussian crude, million barrels a day")
    print_table(_words(crude.round(2).reset_index()))
    say_written(files)


def routes(as_json: AsJson = False) -> None:
    """Pipelines and nodes by the names the other commands know."""
    from multipolar.energy._data import table

    frames = [
        table(f"{c}_routes").assign(commodity=c)[["commodity", "route", "from", "to"]] for c in ("gas", "oil")
    ]
    nodes = [table(f"{c}_nodes").assign(commodity=c)[["commodity", "node", "name"]] for c in ("gas", "oil")]
    if as_json:
        print_json({
            "routes": [r for f in frames for r in f.to_dict("records")],
            "nodes": [r for f in nodes for r in f.to_dict("records")],
        })  # fmt: skip
        return
    for frame in (*frames, *nodes):
        print_table(frame)
        out.print()


def _show(
    after: EnergyResult,
    before: EnergyResult,
    folder: Path | None,
    as_json: bool,
    more: dict[str, Any] | None = None,
) -> None:
    import pandas as pd

    flows = after.flows
    paid: Any = after.who_pays(before)
    prices = pd.DataFrame(
        {"before": before.prices, "price": after.prices, "change": after.prices - before.prices}
    )
    files = write_csv(
        folder,
        {"flows": flows, "prices": prices.reset_index(), "surplus_change": paid.reset_index(), "balance": after.balance.reset_index()},
    )  # fmt: skip
    if as_json:
        print_json({
            "levers": json.loads(after.levers.key()), **(more or {}), "prices": records(prices.reset_index()), "flows": records(flows),
            "balance": records(after.balance.reset_index()), "surplus_change": records(paid.reset_index()),
            "limits": after.limits.to_dict(), "certificate": dict(after.certificate.residuals), "files": files,
        })  # fmt: skip
        return
    unit = "USD per 1000 cubic metres" if after.commodity == "gas" else "USD a barrel"
    if more:
        rows = pd.DataFrame(more["urals"]).T.rename_axis("USD/bbl").reset_index()
        print_table(_words(rows.round(1)))
        out.print()
    digits = 0 if after.commodity == "gas" else 1
    moved: Any = prices["change"]
    order = moved.abs().nlargest(ROWS).index
    out.print(f"[bold]prices[/bold], {unit}")
    print_table(_words(prices.loc[order].round(digits).reset_index()))
    pipes: Any = after.pipelines.copy()
    pipes["before"] = before.pipelines["flow"]
    quantity = "bcm" if after.commodity == "gas" else "mb/d"
    out.print(f"\n[bold]pipelines[/bold], {quantity}; shadow value of one more unit, {unit}")
    rows = pipes[["before", "flow", "capacity", "shadow_value"]].rename_axis("pipeline")
    rows = rows[(rows["flow"] > 0) | (rows["before"] > 0)].round(digits + 1).reset_index()
    print_table(_words(rows.rename(columns={"shadow_value": "worth"})))
    if after.commodity == "oil":
        trade: Any = pd.DataFrame(
            {"before": before.trade["flow"].loc["RUS"], "flow": after.trade["flow"].loc["RUS"]}
        )
        out.print("\n[bold]Russian crude[/bold], mb/d")
        print_table(_words(trade[trade.max(axis=1) > 5e-3].round(2).reset_index()))
    if paid["total"].abs().max() > 1e-6:
        out.print("\n[bold]who pays[/bold], change a year, billion USD")
        totals: Any = paid["total"]
        keep = totals.abs().nlargest(ROWS).index
        rows = paid.loc[[n for n in paid.index if n in keep]] / 1e3
        print_table(_words(rows.round(1).reset_index()))
    _certified(after)
    say_written(files)


def _certified(result: EnergyResult) -> None:
    out.print(
        f"certified: every condition holds to {result.certificate.worst:.0e} (allowed {result.certificate.tolerance:.0e})"
    )


def _levers(keep_empty: tuple[str, ...] = (), **given: Any) -> Levers:
    from pydantic import ValidationError

    from multipolar.energy import Levers

    kept = {k: v for k, v in given.items() if v or (k in keep_empty and v is not None) or v == 0.0}
    try:
        return Levers.model_validate(kept)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"{'.'.join(map(str, first['loc']))} is {first['input']!r}: {first['msg']}."
        ) from None


def _pairs(option: str, given: list[str] | None) -> dict[str, float]:
    found = {}
    for text in given or []:
        name, sign, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise InputError(f"{option} is {text!r}; expected NAME=NUMBER, e.g. EUR=-0.15.") from None
        if not sign:
            raise InputError(f"{option} is {text!r}; expected NAME=NUMBER, e.g. EUR=-0.15.")
    return found


def _cap(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return math.inf if text.lower() == "none" else float(text)
    except ValueError:
        raise InputError(f"--cap is {text!r}; expected USD a barrel, or none.") from None


def _words(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as text, whole ones without a point."""

    def word(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        if math.isnan(value):
            return "–"
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"

    return frame.map(word)
