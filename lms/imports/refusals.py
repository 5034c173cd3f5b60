"""The sentences of imports: why a file, a batch or a cell was not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

MESSAGES: dict[str, LazyString] = {
    "table_empty": _l("The file is empty."),
    "table_without_rows": _l("The file has a header but no rows."),
    "table_too_large": _l("The file is too large (limit: %(value)s MB). Split it and import the parts."),
    "table_too_many_rows": _l("The file has more than %(value)s rows. Split it and import the parts."),
    "table_too_many_columns": _l("Row %(row)s has more than %(value)s columns. Is this the right file?"),
    "table_too_many_cells": _l(
        "The sheet spans more than %(value)s cells. Delete the empty area below and to the right of the data, or"
        " save it as CSV."
    ),
    "table_cell_too_long": _l(
        "A cell near row %(row)s is longer than %(value)s characters. Perhaps a quotation mark is never closed."
    ),
    "table_not_a_table": _l("This is not a table. Send a CSV or an XLSX file."),
    "table_web_page": _l(
        "This is a web page saved under a spreadsheet's name. Open it in Excel and save it as an Excel workbook"
        " (.xlsx)."
    ),
    "table_old_workbook": _l(
        "This is the old Excel format. Open it in Excel and save it as an Excel workbook (.xlsx)."
    ),
    "table_encrypted": _l("The workbook is protected by a password. Save it without one."),
    "table_other_workbook": _l("This workbook is not an XLSX. Save it as an Excel workbook (.xlsx)."),
    "table_workbook_bomb": _l(
        "The workbook unpacks to far more than its size allows, so it was not opened. Save the sheet as CSV."
    ),
    "table_workbook_entities": _l(
        "The workbook holds declarations that no spreadsheet writes, so it was not opened."
    ),
    "table_workbook_broken": _l("The workbook is damaged. Open it in Excel, save it again and send that."),
    "table_sheet_unknown": _l("The workbook has no visible sheet named %(value)s."),
    "table_encoding_unknown": _l("The encoding of the file was not recognised. Save it as UTF-8."),
    "table_encoding_mismatch": _l("The file could not be read as %(value)s. Choose another encoding."),
    "import_needs_company_scope": _l("Imports reach the whole company; your role covers a part of it."),
    "import_at_work": _l("This import is being worked on. Wait until it is done."),
    "import_settled": _l("This import has been accepted or undone already."),
    "import_columns_missing": _l("Say which columns of the file these are: %(columns)s."),
    "import_column_twice": _l("Two fields were given the same column. Choose a different one for each."),
    "import_not_previewed": _l("Look at the preview first."),
    "import_not_accepted": _l("Only an accepted import can be undone."),
    "import_nothing_new": _l("Everything in this file is already here; there is nothing to import."),
    "import_has_rejected_rows": _l(
        "%(rows)s rows are rejected, so nothing was imported. Mend them and send the file again, or choose to"
        " leave them out."
    ),
    "import_outdated": _l("The records have changed since the preview. Preview the file again, then accept."),
    "import_touched_since": _l(
        "%(rows)s of these records have been changed since. Undo the later changes first; nothing was undone."
    ),
}

REASONS: dict[str, LazyString] = {
    "cell_empty": _l("must not be empty"),
    "cell_too_long": _l("is longer than %(limit)s characters"),
    "number_unreadable": _l("is not a number"),
    "number_ambiguous": _l("is ambiguous: a comma may mark thousands or decimals; write 1234.5"),
    "number_not_whole": _l("is not a whole number"),
    "number_lost_digits": _l(
        "has lost digits in the spreadsheet: format the column as text and enter it again"
    ),
    "date_unreadable": _l("is not a date; write it as 2024-03-05"),
    "period_unreadable": _l("is not a period; write it as 2024-03, 2024-Q1, 2024-W05 or 2024"),
    "date_ambiguous": _l("may be read as two different dates; write it as 2024-03-05"),
    "boolean_unreadable": _l("is neither yes nor no"),
    "choice_unknown": _l("is not one of: %(known)s"),
    "email_unreadable": _l("is not an e-mail address"),
    "row_duplicate": _l("is the same record as row %(first)s"),
    "row_too_long": _l("stands outside the table, which has %(columns)s columns"),
}


def register_reasons(reasons: Mapping[str, LazyString]) -> None:
    """Add a feature's reasons for rejecting or remarking on a row; they follow the cell's value in a sentence."""
    for code, text in reasons.items():
        if REASONS.get(code, text) is not text:
            raise ValueError(f"reason {code!r} has two sentences")
        REASONS[code] = text


def reason(code: str, params: Mapping[str, Any]) -> str:
    """Why a row is rejected or remarked on, in the reader's language."""
    text = REASONS.get(code)
    if text is None:
        return str(gettext("was not accepted (%(code)s)", code=code))
    sentence: str = str(text)
    return sentence % params if params else sentence
