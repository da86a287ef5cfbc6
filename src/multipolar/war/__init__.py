"""The resources of the war: what Russia's budget earns, spends and can go on spending, and what aid gives Ukraine.

In come a `World`, `Levers` (prices, volumes, discounts, spending, aid and its delay) and, where there is one, an
`Outcome` whose trade moves the receipts. Out come accounts line by line, with sources and ranges, and, for the
economy, the transfers that a change of aid means.
"""

from multipolar.war._accounts import Accounts, Line, accounts, defence_compared, validation
from multipolar.war._adjust import War, adjust
from multipolar.war._aid import Aid, aid
from multipolar.war._arms import ArmsContent, arms_content, arms_price
from multipolar.war._brief import Brief, brief
from multipolar.war._economy import effects_of
from multipolar.war._financing import Financing, Variant, drivers, financing
from multipolar.war._inputs import Input, figures, inputs
from multipolar.war._levers import VARIANTS, Levers, levers_from

__all__ = [
    "VARIANTS",
    "Accounts",
    "Aid",
    "ArmsContent",
    "Brief",
    "Financing",
    "Input",
    "Levers",
    "Line",
    "Variant",
    "War",
    "accounts",
    "adjust",
    "aid",
    "arms_content",
    "arms_price",
    "brief",
    "defence_compared",
    "drivers",
    "effects_of",
    "figures",
    "financing",
    "inputs",
    "levers_from",
    "validation",
]
