"""The vocabulary of measures, the YAML format, and the library of scenarios.

In come YAML files or measure objects, whose every number says where it is from. Out come a checked
`Scenario`, and for each of its variants the `Shock` that its measures amount to on a given world.
"""

from multipolar.scenario._compile import compile_measures, corridors_of, region
from multipolar.scenario._library import copy_scenario, load_scenario, shipped_scenarios
from multipolar.scenario._measures import KINDS, LIMITS, Measure
from multipolar.scenario._schema import (
    Comparison,
    Scenario,
    Source,
    Target,
    UpperElasticities,
    Variant,
    json_schema,
)
from multipolar.scenario._tariff_measures import tariff_measures

__all__ = [
    "KINDS",
    "LIMITS",
    "Comparison",
    "Measure",
    "Scenario",
    "Source",
    "Target",
    "UpperElasticities",
    "Variant",
    "compile_measures",
    "copy_scenario",
    "corridors_of",
    "json_schema",
    "load_scenario",
    "region",
    "shipped_scenarios",
    "tariff_measures",
]
