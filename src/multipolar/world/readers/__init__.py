"""Reads the input-output tables the field uses into a World.

In comes a path (file, zip or folder) in the layout its publisher gives it; the format is recognised or named. Out goes a
World that says what was dropped or mended, or an error that names the file, the line and the value.
"""

from multipolar.world.readers._detect import FORMATS, detect, read_table
from multipolar.world.readers.eora import read_eora
from multipolar.world.readers.exiobase import read_exiobase
from multipolar.world.readers.figaro import read_figaro
from multipolar.world.readers.icio import read_icio
from multipolar.world.readers.tidy import read_tidy
from multipolar.world.readers.wiod import read_wiod2013, read_wiod2016

__all__ = [
    "FORMATS",
    "detect",
    "read_eora",
    "read_exiobase",
    "read_figaro",
    "read_icio",
    "read_table",
    "read_tidy",
    "read_wiod2013",
    "read_wiod2016",
]
