"""The war as a satellite of the economy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import BaseModel

from multipolar.satellite import Adjustment
from multipolar.war._accounts import Accounts, accounts
from multipolar.war._aid import DONORS, UKRAINE, Aid, aid, transfers
from multipolar.war._levers import Levers, levers_from

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.world import World


@dataclass(frozen=True)
class War:
    """What the war satellite found: `accounts` under the levers and the outcome, `aid` under the levers, and the
    transfers handed to the economy, million USD of the table's year by country."""

    accounts: Accounts
    aid: Aid
    transfers: dict[str, float]


def adjust(
    world: World, levers: BaseModel, outcome: Outcome | None = None, *, reference: Outcome | None = None
) -> Adjustment:
    """The change of aid as transfers, and the accounts under the outcome (`accounts` says how they follow it).

    Default levers give exactly no shock. The shock depends on the levers alone, so a joint solution needs no
    further round for it. Raises `WorldError` where the world lacks what a lever or the accounts need.
    """
    import numpy as np

    from multipolar.economy import Shock

    own = levers if isinstance(levers, Levers) else levers_from(levers.model_dump())
    received = transfers(world, own)
    shock = replace(Shock.none(len(world.countries), len(world.sectors)), transfer=received)
    found, given = accounts(world, outcome, own, reference), aid(own)
    moved = {c: float(v) for c, v in zip(world.countries, received, strict=True) if v}
    return Adjustment(
        shock, _notes(world, own, found, given, bool(np.any(received))), War(found, given, moved)
    )


def _notes(world: World, levers: Levers, found: Accounts, given: Aid, moved: bool) -> tuple[str, ...]:
    notes = []
    if moved:
        receiver = "Ukraine" if UKRAINE in world.countries else "the rest of the world, which holds Ukraine,"
        notes.append(
            f"Aid differs from that of May 2024 by {-given.missing:+.1f} billion USD a year; {receiver} "
            f"receives it in dollars of {world.year or 'the table'} at a constant share of world GDP."
        )
    late = [
        f"{DONORS[d]} {getattr(levers, f'aid_{d}_delay'):g} months"
        for d in DONORS
        if getattr(levers, f"aid_{d}_delay")
    ]
    if late:
        notes.append(f"Aid is late: {', '.join(late)}.")
    open_figures = found.line("balance").unconfirmed
    notes.append(
        f"The budget's balance rests on {len(open_figures)} unconfirmed figures: {', '.join(open_figures)}."
    )
    return tuple(notes)
