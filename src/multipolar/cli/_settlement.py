"""Commands on settlement: who pays in what, what a block costs, where use tips, the paths since 2022."""

from __future__ import annotations

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

    from multipolar.settlement import Levers
    from multipolar.world import World

WorldName = Annotated[str, typer.Option("--world", help="A shipped world or a world file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="LEVER=VALUE", help="dollar_clearing_cut=CHN,RUS or secondary_risk=0.02"),
]
DEFAULT_WORLD = "wiod-2011"


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    group = typer.Typer(help="Currencies of payment: shares by corridor, blocks, tipping, paths since 2022.")
    for command in (shares, block, tipping, paths):
        group.command()(command)
    app.add_typer(group, name="settlement", no_args_is_help=True)


def shares(
    settings: Settings = None,
    corridor: Annotated[list[str] | None, typer.Option(help="RUS-CHN, from seller to buyer.")] = None,
    world: WorldName = DEFAULT_WORLD,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Shares of currencies before and after levers, and the cost they add, by corridor.

    Example: multipolar settlement shares --set dollar_clearing_cut=RUS --corridor RUS-CHN
    """
    from multipolar import settlement

    chosen, base = _levers(settings), _world(world)
    pairs = [_corridor(text, base) for text in corridor or ["RUS-CHN", "CHN-RUS", "RUS-DEU", "CHN-USA"]]
    found = settlement.shares(base, chosen)
    frame = found.to_frame()
    files = write_csv(out_dir, {"shares": frame})
    rows = []
    for i, j in pairs:
        for when, cube in (("before", found.shares_before), ("after", found.shares)):
            line = {
                c: f"{100 * float(v):.1f}" for c, v in cube.sel(origin=i, destination=j).to_series().items()
            }
            cost = f"{100 * float(found.cost.sel(origin=i, destination=j)):.2f}" if when == "after" else ""
            rows.append({"corridor": f"{i}-{j}", "": when, **line, "cost %": cost})
    e = found.equilibrium
    if as_json:
        print_json({"levers": chosen.model_dump(mode="json"), "corridors": rows, "use_before": found.use_before.to_series().to_dict(),
                    "use": found.use.to_series().to_dict(), "bill_million_usd": float(found.bill().sum()),
                    "residual": e.residual, "spectral_radius": e.radius, "stable": e.stable, "files": files})  # fmt: skip
        return
    out.print("shares of payments, percent; cost added, percent of value")
    print_table(_frame(rows))
    out.print(f"world: dollar {100 * found.use_before.values[0]:.1f}% before, {100 * found.use.values[0]:.1f}% after; "
              f"bill {float(found.bill().sum()):,.0f} million USD a year", highlight=False)  # fmt: skip
    out.print(f"certified to {e.residual:.0e}; spectral radius {e.radius:.2f}", highlight=False)
    say_written(files)


def block(
    country: Annotated[str, typer.Argument(help="Whose banks lose clearing.")] = "CHN",
    currency: Annotated[str, typer.Option(help="USD or EUR.")] = "USD",
    alternative: Annotated[str, typer.Option(help="The currency that deepens.")] = "CNY",
    settings: Settings = None,
    world: WorldName = DEFAULT_WORLD,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """What losing clearing in a currency costs, by partner and by depth of the alternative.

    Example: multipolar settlement block CHN --currency USD
    """
    from multipolar import settlement

    chosen, base = _levers(settings), _world(world)
    partners = settlement.by_partner(settlement.block(base, country, currency, chosen), country).reset_index()
    curve = settlement.block_curve(base, country, currency, alternative, levers=chosen)
    files = write_csv(out_dir, {"partners": partners, "curve": curve})
    if as_json:
        print_json({"country": country, "currency": currency, "partners": records(partners), "curve": records(curve), "files": files})  # fmt: skip
        return
    out.print(f"[bold]{country} loses clearing in {currency}[/bold]: cost by partner, both flows")
    shown = partners.head(10)
    print_table(_frame([
        {"partner": r["partner"], "trade bn": f"{r['trade'] / 1e3:.0f}", "bill bn": f"{r['bill'] / 1e3:.2f}",
         "cost %": f"{100 * r['cost']:.2f}", "dollar before %": f"{100 * r['dollar_before']:.0f}",
         "after %": f"{100 * r['dollar_after']:.0f}"}
        for r in shown.to_dict("records")
    ]))  # fmt: skip
    out.print(f"all partners: {partners['bill'].sum() / 1e3:,.1f} billion USD a year", highlight=False)
    out.print(f"\nthe same block as {alternative} deepens (added depth in percent of world trade)")
    print_table(_frame([
        {"added %": f"{100 * r['added_depth']:g}", f"{alternative} before %": f"{100 * r['alternative_use']:.1f}",
         f"{alternative} after %": f"{100 * r['alternative_use_after']:.1f}", "cost %": f"{100 * r['cost']:.3f}",
         "bill bn": f"{r['bill'] / 1e3:.2f}"}
        for r in curve.to_dict("records")
    ]))  # fmt: skip
    say_written(files)


def tipping(
    settings: Settings = None,
    strength: Annotated[
        list[float] | None, typer.Option(help="A network strength to search; repeatable.")
    ] = None,
    world: WorldName = DEFAULT_WORLD,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """All equilibria found by network strength, with their stability.

    Example: multipolar settlement tipping --strength 1.2 --strength 1.6
    """
    from multipolar import settlement

    chosen, base = _levers(settings), _world(world)
    with err.status("searching for equilibria", spinner="line"):
        found = settlement.tipping(base, strength or settlement.STRENGTHS, chosen)
    files = write_csv(out_dir, {"equilibria": found.table})
    if as_json:
        print_json({"at_baseline": found.at_baseline, "equilibria": records(found.table),
                    "complete": {f"{k:g}": bool(v) for k, v in found.complete.items()}, "files": files})  # fmt: skip
        return
    print_table(_frame([
        {"strength": f"{r['strength']:g}", "leader": r["leader"], "stable": "yes" if r["stable"] else "no",
         "radius": f"{r['radius']:.3f}", **{f"{c} %": f"{100 * r[c]:.1f}" for c in ("USD", "EUR", "CNY", "RUB")}}
        for r in found.table.to_dict("records")
    ]))  # fmt: skip
    out.print(
        f"the baseline's shares are stable up to a strength of {found.at_baseline:.3f}", highlight=False
    )
    missing = [f"{k:g}" for k, complete in found.complete.items() if not complete]
    if missing:
        out.print(f"some equilibria are missing at {', '.join(missing)} (their indices do not add up to one)")
    say_written(files)


def paths(
    world: WorldName = DEFAULT_WORLD,
    turnover: Annotated[
        float | None, typer.Option(help="Part of contracts renewed a month (default 1/12).")
    ] = None,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Russia's payments from 2022 to May 2024, month by month, beside what was reported.

    Example: multipolar settlement paths --out out/settlement
    """
    from multipolar import settlement

    found = settlement.judge(_world(world), turnover=turnover)
    months = {flow: found.path.of_country("RUS", flow).reset_index() for flow in ("export", "import")}
    files = write_csv(out_dir, {"judgement": found.table, "scores": found.scores,
                                  **{f"path_{flow}": table for flow, table in months.items()}})  # fmt: skip
    if as_json:
        print_json({"points": records(found.table), "scores": records(found.scores), "files": files,
                    **{flow: records(table) for flow, table in months.items()}})  # fmt: skip
        return
    judged = found.table.loc[found.table["role"] != "context"]
    print_table(_frame([
        {"period": r["period"], "": r["series"], "flow": r["flow"], "currency": r["currency"],
         "seen": f"{r['observed']:.1f}", "model": f"{r['model']:.1f}", "role": r["role"], "mark": r["status"][:7]}
        for r in records(judged)
    ]))  # fmt: skip
    out.print("\nmean absolute error, points; rivals: as in December 2022, as before")
    print_table(found.scores.round(1))
    say_written(files)


def _levers(settings: list[str] | None) -> Levers:
    from multipolar.settlement import levers_from

    given: dict[str, Any] = {}
    for item in settings or []:
        name, sign, text = item.partition("=")
        if not sign:
            raise InputError(f"--set {item!r}: expected LEVER=VALUE, as in dollar_clearing_cut=RUS.")
        name, key = name.strip().partition(".")[::2]
        if key:  # transaction_cost.CNY=-0.002
            given.setdefault(name, {})[key] = text
        elif name in ("dollar_clearing_cut", "euro_clearing_cut", "local_settlement", "secondary_on"):
            given[name] = tuple(part.strip() for part in text.split(",") if part.strip())
        else:
            given[name] = text
    return levers_from(given)


def _world(name: str) -> World:
    from multipolar.world import load_world

    return load_world(name)


def _corridor(text: str, world: World) -> tuple[str, str]:
    from multipolar.errors import unknown

    parties = text.split("-")
    if len(parties) != 2 or parties[0] == parties[1]:
        raise InputError(f"--corridor {text!r}: write the seller and the buyer, RUS-CHN.")
    for party in parties:
        if party not in world.countries:
            raise InputError(f"--corridor: {unknown('country', party, world.countries)}")
    return parties[0], parties[1]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
