"""Tables in and out: CSV and XLSX read with limits, written so that Excel opens them right. Pure.

Reading: :func:`open_table`. Writing: :func:`export`, :func:`write_workbook`.
"""

from lms.tables.encodings import CHOICES as ENCODINGS
from lms.tables.encodings import detect
from lms.tables.problems import Limits, TableProblem
from lms.tables.reading import Cell, Table, open_table
from lms.tables.writing import CONTENT_TYPES, Column, Kind, Sheet, export, new_workbook, write_workbook

__all__ = [
    "CONTENT_TYPES",
    "ENCODINGS",
    "Cell",
    "Column",
    "Kind",
    "Limits",
    "Sheet",
    "Table",
    "TableProblem",
    "detect",
    "export",
    "new_workbook",
    "open_table",
    "write_workbook",
]
