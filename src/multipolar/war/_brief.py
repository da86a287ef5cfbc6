"""Everything a reader needs on the war's resources in one object, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multipolar.errors import WorldError
from multipolar.war._accounts import Accounts, accounts, defence_compared, validation
from multipolar.war._aid import Aid, aid
from multipolar.war._arms import ArmsContent, arms_content
from multipolar.war._financing import Financing, drivers, financing
from multipolar.war._inputs import figures
from multipolar.war._levers import Levers

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.war._adjust import War
    from multipolar.world import World


@dataclass(frozen=True, eq=False)
class Brief:
    """The accounts of May 2024, the variants with their ranges, what drives the balance, aid with and without delay,
    the content of arms (where the world has such industries), defence spending by both counts, aid, military spending
    and controlled goods as published, and how the tax take does out of sample."""

    accounts: Accounts
    financing: Financing
    drivers: pd.DataFrame
    aid: Mapping[str, Aid]
    arms: ArmsContent | None
    defence: pd.DataFrame
    published_aid: pd.DataFrame
    military: pd.DataFrame
    controlled_goods: pd.DataFrame
    validation: pd.DataFrame


def brief(
    world: World | None = None, results: Mapping[str, War] | None = None, levers: Levers | None = None
) -> Brief:
    """Gather the results. `results`: variant name to what `adjust` found for it; without, the variants are
    `VARIANTS`, which move levers only."""
    own = levers or Levers()
    if results:
        given = {name: (name, war.accounts.levers.model_dump()) for name, war in results.items()}
        found = financing(given, effects={name: war.accounts.effects for name, war in results.items()})
        helped = {name: war.aid for name, war in results.items()}
    else:
        found = financing(levers=own)
        helped = {
            "As in May 2024": aid(own),
            "American aid six months late": aid(own.model_copy(update={"aid_usa_delay": 6.0})),
        }
    content = None
    if world is not None:
        # A world of goods as one sector, or without Russia, tells nothing of arms.
        with suppress(WorldError):
            content = arms_content(world)
    return Brief(
        accounts(levers=own), found, drivers("balance", own), helped, content,
        defence_compared(), figures("aid"), figures("military"), figures("controlled_goods"), validation(),
    )  # fmt: skip
