"""Commands on pressure: threats of secondary sanctions, coalitions, optimal measures, tariff wars."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from multipolar.cli._shared import AsJson, err, out, print_json, records, say_written, use_compilation_cache
from multipolar.errors import ScenarioError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.outcome import Outcome

OutDir = Annotated[Path | None, typer.Option("--out", help="Write Parquet tables here.")]
ScenarioName = Annotated[str, typer.Argument(help="A shipped scenario's name or a YAML file.")]
WorldName = Annotated[str | None, typer.Option(help="Another baseline: a shipped world or a world file.")]
Target = Annotated[str, typer.Option(help="The country under sanctions.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    for command in (comply, coalition, frontier, nash):
        app.command()(command)


def comply(
    scenario: ScenarioName,
    third: Annotated[list[str], typer.Option(help="Third country under threat; may be repeated.")],
    complied: Annotated[str, typer.Option(help="Variant in which the third country gives way.")],
    punished: Annotated[str, typer.Option(help="Variant in which it is punished: adds the penalty.")],
    status_quo: Annotated[
        str, typer.Option(help="Variant without a threat; baseline is the world as it is.")
    ] = "baseline",
    target: Target = "RUS",
    stands_for: Annotated[
        str | None,
        typer.Option(
            "--as", help="The variants are about this country; turn its measures on the others named."
        ),
    ] = None,
    damage: Annotated[
        float, typer.Option(help="Worth to the sender of a dollar of the target's loss, dollars.")
    ] = 0.0,
    relation: Annotated[
        float, typer.Option(help="Worth to the third country of a dollar of the target's welfare.")
    ] = 0.0,
    credibility: Annotated[
        float, typer.Option(help="What backing down costs the sender, million USD.")
    ] = 0.0,
    world: WorldName = None,
    out_dir: OutDir = None,
    as_json: AsJson = False,
) -> None:
    """Secondary sanctions: is the threat credible, does the third country comply, how large must it be?

    Example: multipolar comply beijing-2024 --third CHN --third IND --as CHN
    --complied china-complies --punished banks-punished --credibility 30000 --damage 1
    """
    with err.status("loading", spinner="line") as status:
        outcomes = _solved(scenario, world, [status_quo, complied, punished], status)
        from multipolar.strategy import PoliticalWeights, Weight, threats

        note = "given on the command line"
        weights = PoliticalWeights(Weight(damage, note), Weight(relation, note), Weight(credibility, note))
        status.update("solving the threats")
        found = threats(
            outcomes, third, target, status_quo=status_quo, complied=complied, punished=punished,
            stands_for=stands_for, weights=weights,
        )  # fmt: skip
        games = [g for g in found.games]
        absent = [c for c in third if c not in {g.threat.third for g in games}]
        if absent:
            countries = outcomes[complied].world.countries
            raise ScenarioError(f"--third: {unknown('country', absent[0], countries)}")
        tables = found.to_frames()
        files = _write(out_dir, tables)
    if as_json:
        working = {g.threat.third: [list(r) for r in g.working] for g in games}
        residual = max(g.residual for g in games)
        print_json({**_rows(tables), "working_sizes": working, "residual": residual, "files": files})
        return
    for game in games:
        out.print(f"\n[bold]{game.threat.third}[/bold]: welfare against the status quo, million USD")
        frame, turns = game.to_frame(), game.breakeven()
        table = Table(
            "size",
            "magnitude",
            "sender",
            game.threat.third,
            target,
            "answer",
            "credible from",
            box=None,
            pad_edge=False,
        )
        for row, turn in zip(frame.to_dict("records"), turns.to_dict("records"), strict=True):
            table.add_row(
                f"{row['size']:g}", f"{row['magnitude']:.3g}", *(f"{row[f'{w}_punished']:+,.0f}" for w in ("sender", "third", "target")),
                row["regime"], f"{turn['credibility']:,.0f}",
            )  # fmt: skip
        for column in (*table.columns[:5], table.columns[6]):
            column.justify = "right"
        out.print(table)
        gives = ", ".join(
            f"{name} {x:+,.0f}"
            for name, x in zip(("sender", game.threat.third, target), game.complied, strict=True)
        )
        out.print(f"if it complies: {gives}", highlight=False)
        out.print(
            f"smallest credible threat that works: {game.smallest_threat:.3g} times the variant's"
            if game.smallest_threat is not None
            else "no credible threat works at these political weights",
            highlight=False,
        )
    out.print("credible from: the cost of backing down, million USD, that makes the sender carry it out")
    _certified(max(g.residual for g in games), out_dir)


def coalition(
    scenario: ScenarioName,
    player: Annotated[
        list[str], typer.Option(help="Country or group that may join; may be repeated (at most 14).")
    ],
    variant: Annotated[str, typer.Option(help="Variant whose measures the coalition takes.")],
    target: Target = "RUS",
    given: Annotated[str | None, typer.Option(help="Variant in force whoever joins.")] = None,
    support: Annotated[
        bool, typer.Option("--support", help="The measures help the target: a counter-coalition.")
    ] = False,
    weight: Annotated[
        float, typer.Option(help="Worth to each player of a dollar of the target's loss (or relief).")
    ] = 0.0,
    pairs: Annotated[
        int, typer.Option(min=0, help="Sample this many pairs of orders instead of solving every coalition.")
    ] = 0,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Keep what is solved here; the same command goes on from it.")
    ] = None,
    world: WorldName = None,
    out_dir: OutDir = None,
    as_json: AsJson = False,
) -> None:
    """Coalitions: what each member adds (Shapley), who would leave, the best of each size, shared burdens.

    Example: multipolar coalition embargo-on-russia --variant west --player USA --player EU27
    --player GBR --player JPN --player CHN --weight 1
    """
    with err.status("loading", spinner="line") as status:
        outcomes = _solved(scenario, world, [v for v in (variant, given) if v], status)
        from multipolar.strategy import coalition_game, sampled_contributions, settings_of, share_burden

        outcome = outcomes[variant]
        measures = [m for m in outcome.measures if target in m.targets]
        held = outcomes[given].measures if given else ()
        if given:
            measures = [m for m in measures if m not in held]
        more = {**settings_of(outcome), "given": held, "target": target}
        watch = {
            "checkpoint": checkpoint,
            "purpose": "support" if support else "damage",
            "progress": lambda done, total: status.update(f"coalition {done:,} of {total:,}"),
        }
        if pairs:
            found = sampled_contributions(outcome.world, player, measures, pairs=pairs, **more, **watch)
            tables = {"contributions": found}
            files = _write(out_dir, tables)
        else:
            game = coalition_game(outcome.world, player, measures, **more, **watch)
            status.update("sharing the burden")
            burden = share_burden(outcome.world, player, measures, **more)
            tables = {
                "contributions": game.contributions(),
                "stability": game.stability(weight),
                "best_of_size": game.best_of_size(),
                "burden": burden.table,
                "weight_to_hold": game.weight_to_hold(len(game.value) - 1),
            }
            files = _write(out_dir, {**tables, "coalitions": game.to_frame()})
    if as_json:
        print_json({**_rows(tables), "files": files})
        return
    what = "relief" if support else "loss"
    out.print(f"\n[bold]What each adds[/bold] to the {what} of {target}, million USD")
    _show(tables["contributions"], ["share", "own_loss"])
    if not pairs:
        out.print("\n[bold]Best of each size[/bold], million USD")
        _show(tables["best_of_size"].drop(columns="target_welfare"), [])
        stable = tables["stability"].query("stable")
        out.print(f"\n[bold]Stable coalitions[/bold] at a political weight of {weight:g}")
        _show(stable.filter(["coalition", "value", "members_loss", "weakest", "weakest_gain"]).head(12), [])
        out.print(
            "\n[bold]Burden[/bold]: welfare before and after transfers, transfers received, million USD"
        )
        _show(tables["burden"], ["before", "after", "transfer_share"])
        needed = tables["weight_to_hold"].weight.max()
        out.print(f"All together hold from a political weight of {needed:.2f} on.", highlight=False)
    _certified(None, out_dir)


def frontier(
    scenario: ScenarioName,
    sender: Annotated[list[str], typer.Option(help="Country or group that acts; may be repeated.")],
    compare: Annotated[list[str] | None, typer.Option(help="Variant to compare with; repeatable.")] = None,
    target: Target = "RUS",
    exempt: Annotated[list[str] | None, typer.Option(help="Sector or group left alone; repeatable.")] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option(help="tariff, export-tax, import-cost or export-cost; repeatable (default: first two)."),
    ] = None,
    bound: Annotated[float, typer.Option(help="Largest rate, e.g. 1 is 100%.")] = 1.0,
    points: Annotated[int, typer.Option(min=2, help="Points on the frontier.")] = 6,
    world: WorldName = None,
    out_dir: OutDir = None,
    as_json: AsJson = False,
) -> None:
    """The measures by sector that take most from the target for what they cost; its best retaliation.

    Example: multipolar frontier beijing-2024 --sender sanctions-coalition-2022
    --exempt agriculture-and-food --exempt c9
    """
    with err.status("loading", spinner="line") as status:
        outcomes = _solved(scenario, world, compare or [], status)
        from multipolar.strategy import optimal_measures

        status.update("optimising")
        given: dict[str, Any] = {"instruments": tuple(instrument)} if instrument else {}
        answer = optimal_measures(
            outcomes,
            sender,
            target,
            compare=tuple(compare or ()),
            exempt=tuple(exempt or ()),
            bound=bound,
            points=points,
            **given,
        )
        found = answer.frontier
        tables = answer.to_frames()
        files = _write(out_dir, tables)
    reply = {"gain": answer.retaliation.gain, "harm": answer.retaliation.harm}
    if as_json:
        print_json({**_rows(tables), "retaliation": reply, "residual": found.residual, "files": files})
        return
    frame = tables["frontier"]
    out.print(f"\n[bold]Loss of {target} for own loss[/bold], million USD (negative: a gain)")
    shown = frame.filter(["own_loss", "target_loss", "uniform_target_loss", "price"]).rename(
        columns={"uniform_target_loss": "uniform rate", "price": "per own dollar"}
    )
    _show(shown, [], {"per own dollar": "{:.2f}"})
    for row in found.done.to_dict("records"):
        out.print(
            f"{row['name']}, as done: own loss {row['own_loss']:,.0f}, {target} {row['target_loss']:,.0f}",
            highlight=False,
        )
    top = tables["rates"].query(f"package == {points // 2}").sort_values("rate", ascending=False).head(8)
    out.print(f"\n[bold]Highest rates[/bold] at point {points // 2 + 1}")
    _show(top.filter(["instrument", "sector", "rate"]), ["rate"])
    out.print(
        f"{target}'s best retaliation against the hardest package gains it {reply['gain']:,.0f} and costs the "
        f"senders {reply['harm']:,.0f} million USD.",
        highlight=False,
    )
    _certified(found.residual, out_dir)


def nash(
    world: Annotated[str, typer.Argument(help="A shipped world or a world file.")],
    player: Annotated[list[str], typer.Option(help="Country or group at war; repeat for each.")],
    exempt: Annotated[list[str] | None, typer.Option(help="Sector or group left alone; repeatable.")] = None,
    bound: Annotated[float, typer.Option(help="Largest tariff, e.g. 3 is 300%.")] = 3.0,
    horizon: Annotated[str, typer.Option(help="short, medium or long.")] = "medium",
    out_dir: OutDir = None,
    as_json: AsJson = False,
) -> None:
    """Tariffs by sector that answer each other best: where a tariff war ends.

    Example: multipolar nash wiod-2011 --player USA --player CHN
    """
    with err.status("loading", spinner="line") as status:
        use_compilation_cache()
        from multipolar.strategy import nash_tariffs
        from multipolar.world import load_world

        base = load_world(world)
        status.update("answering tariffs with tariffs")
        found = nash_tariffs(base, player, exempt=tuple(exempt or ()), bound=bound, horizon=horizon)
        tables = {"tariffs": found.rates, "war": found.welfare}
        files = _write(out_dir, tables)
    if as_json:
        print_json({**_rows(tables), "deviation": found.deviation, "rounds": found.rounds, "files": files})
        return
    out.print("\n[bold]Welfare[/bold] against no such tariffs")
    _show(found.welfare, ["welfare"])
    out.print("\n[bold]Tariffs[/bold], highest")
    _show(found.rates.nlargest(12, "rate"), ["rate"])
    out.print(
        f"{found.rounds} rounds; no player gains more than {found.deviation:.0e} of consumption by deviating"
    )
    _certified(found.residual, out_dir)


def _solved(scenario: str, world: str | None, variants: list[str], status: Any) -> dict[str, Outcome]:
    from multipolar.scenario import load_scenario

    chosen = load_scenario(scenario)
    use_compilation_cache()
    from multipolar._run import run
    from multipolar.world import load_world

    base = load_world(world or chosen.world)
    wanted = [v for v in dict.fromkeys(variants) if v != "baseline"] or list(chosen.variants)[:1]
    return run(base, chosen, wanted, lambda name: status.update(f"solving {name}"))


def _show(frame: pd.DataFrame, percent: list[str], formats: dict[str, str] | None = None) -> None:
    table = Table(*(str(c).replace("_", " ") for c in frame.columns), box=None, pad_edge=False)
    for column, name in zip(table.columns, frame.columns, strict=True):
        if frame[name].dtype.kind in "if":
            column.justify = "right"
    for row in frame.to_dict("records"):
        table.add_row(*(_text(row[c], c in percent, (formats or {}).get(str(c))) for c in frame.columns))
    out.print(table)


def _text(value: Any, percent: bool, form: str | None) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return ""
    return form.format(value) if form else f"{100 * value:.3g}%" if percent else f"{value:,.0f}"


def _rows(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    return {name: records(table) for name, table in tables.items()}


def _write(out_dir: Path | None, tables: dict[str, pd.DataFrame]) -> list[Path]:
    if out_dir is None:
        return []
    from multipolar.results import write_table
    from multipolar.strategy._columns import COLUMNS

    out_dir.mkdir(parents=True, exist_ok=True)
    return [write_table(out_dir / f"{name}.parquet", frame, COLUMNS) for name, frame in tables.items()]


def _certified(residual: float | None, out_dir: Path | None) -> None:
    if residual is None:
        out.print("certified: every equilibrium condition of every coalition holds to 1e-09")
    else:
        out.print(f"certified: every equilibrium condition holds to {residual:.0e} (allowed 1e-09)")
    say_written([out_dir] if out_dir else [])
