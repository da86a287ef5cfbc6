"""Positions of states and distances between them, from votes in the United Nations General Assembly.

In come the shipped agreement scores of each pair of states by year, 2012 to 2019. Out go agreement, agreement
corrected for chance, one-dimensional ideal points with a certificate, and one distance for the strategy room.
"""

from multipolar.alignment._distance import MEASURES, distance, distances
from multipolar.alignment._ideal_point import IdealPoints, ideal_points
from multipolar.alignment._scores import Scores, scores
from multipolar.alignment._votes import agreement, chance_corrected, together, years

__all__ = [
    "MEASURES",
    "IdealPoints",
    "Scores",
    "agreement",
    "chance_corrected",
    "distance",
    "distances",
    "ideal_points",
    "scores",
    "together",
    "years",
]
