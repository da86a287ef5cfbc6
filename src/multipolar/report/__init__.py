"""One HTML file to open anywhere: the answer in words, a map, bars, tables, assumptions, certificate.

In come a scenario, its world, the outcomes of its variants and the run record; nothing is solved here.
Out goes a self-contained `report.html`, written whole or not at all, that loads nothing from anywhere.
"""

from multipolar.report._section import Section
from multipolar.report._write import write_report

__all__ = ["Section", "write_report"]
