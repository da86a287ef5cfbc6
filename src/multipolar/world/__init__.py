"""The baseline: a checked, labelled, immutable input-output world.

In come tables (shipped years, a user's arrays or files) and trade elasticities; each is prepared and
checked once, and what preparation moved is recorded. Out goes a `World`, which knows nothing of policy.
"""

from multipolar.world._aggregate import aggregate
from multipolar.world._concordance import classifications, concordance
from multipolar.world._elasticities import elasticity_sets, load_elasticities
from multipolar.world._groups import (
    country_group,
    country_groups,
    describe_groups,
    sector_group,
    sector_groups,
)
from multipolar.world._inspect import Comparison, Profile, compare, profile
from multipolar.world._nowcast import Targets, nowcast
from multipolar.world._shipped import load_world, shipped_worlds
from multipolar.world._store import load, save
from multipolar.world._tariffs import load_tariffs, tariff_layers
from multipolar.world._uncertainty import nowcast_errors, perturbed
from multipolar.world._world import World

__all__ = [
    "Comparison",
    "Profile",
    "Targets",
    "World",
    "aggregate",
    "classifications",
    "compare",
    "concordance",
    "country_group",
    "country_groups",
    "describe_groups",
    "elasticity_sets",
    "load",
    "load_elasticities",
    "load_tariffs",
    "load_world",
    "nowcast",
    "nowcast_errors",
    "perturbed",
    "profile",
    "save",
    "sector_group",
    "sector_groups",
    "shipped_worlds",
    "tariff_layers",
]
