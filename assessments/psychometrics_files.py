"""Reads the two files that psychometrics is computed from: quiz responses, and ratings. No Flask, no database."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from assessments.grading.facets import Rating
from lms.arrays import FloatArray

TAKER_COLUMNS = {"taker", "id", "name", "user", "learner", "student", "姓名", "工号", "学员", "學員", "考生"}
RATING_COLUMNS = ("subject", "rater", "criterion", "score")


class BadFile(Exception):
    """Why a file cannot be used, in one line for the person who made it."""


class Responses(Struct, frozen=True):
    """``scores`` (n, p) in 0-1, ``nan`` where a cell was empty; ``takers`` (n,) names, numbered where not given."""

    takers: tuple[str, ...]
    items: tuple[str, ...]
    scores: FloatArray


def read_table(path: Path) -> list[tuple[int, list[str]]]:
    """``(line, cells)`` of a CSV file in UTF-8 (with or without mark) or GB18030, blank lines left out, every line as
    long as the header; raises BadFile. Commas, semicolons and tabs separate."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or 'cannot be read'}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise BadFile(f"{path}: neither UTF-8 nor GB18030 text") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except csv.Error as error:
        raise BadFile(f"{path}, line {reader.line_num}: {error}") from None
    if not lines:
        raise BadFile(f"{path}: the file is empty")
    return _even(path, lines)


def _even(path: Path, lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Unnamed empty columns at the right edge, as spreadsheets leave them, are dropped; ragged lines refused."""
    width = len(lines[0][1])
    for line, cells in lines:
        if len(cells) != width:
            raise BadFile(f"{path}, line {line}: {len(cells)} cells where the header has {width}")
    while width > 1 and not any(cells[width - 1] for _, cells in lines):
        width -= 1
    header = lines[0][1][:width]
    for column, name in enumerate(header, start=1):
        if not name:
            raise BadFile(f"{path}, line {lines[0][0]}: column {column} has no name")
        if header.index(name) != column - 1:
            raise BadFile(f"{path}, line {lines[0][0]}: two columns are named {name!r}")
    return [(line, cells[:width]) for line, cells in lines]


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadFile(f"{path}, line {line}, column {column!r}: {cell!r} is not a number")
    return value


def _score(path: Path, line: int, column: str, cell: str) -> float:
    if not cell:
        return math.nan
    value = _number(path, line, column, cell)
    if not 0 <= value <= 1:
        raise BadFile(f"{path}, line {line}, column {column!r}: {cell} is not between 0 and 1")
    return value


def read_responses(path: Path) -> Responses:
    """A row per taker, a column per item; the first column names the takers if its title says so. Raises BadFile."""
    (_, header), *rows = read_table(path)
    named = header[0].casefold() in TAKER_COLUMNS
    items = header[1:] if named else header
    if not items:
        raise BadFile(f"{path}: there is no column with an item")
    if not rows:
        raise BadFile(f"{path}: there is no taker under the header")
    scores = np.empty((len(rows), len(items)))
    takers: list[str] = []
    for i, (line, cells) in enumerate(rows):
        own = cells[1:] if named else cells
        takers.append(cells[0] if named else str(i + 1))
        scores[i] = [_score(path, line, name, cell) for name, cell in zip(items, own, strict=True)]
    return Responses(tuple(takers), tuple(items), scores)


def read_ratings(path: Path) -> list[Rating]:
    """Rows of subject, rater, criterion and score, in columns of those names in any order; other columns are ignored
    and a row with an empty score is a rating that was not given. Raises BadFile."""
    (line, header), *rows = read_table(path)
    titles = [name.casefold() for name in header]
    missing = [name for name in RATING_COLUMNS if name not in titles]
    if missing:
        raise BadFile(f"{path}, line {line}: no column named {', '.join(missing)}")
    places = [titles.index(name) for name in RATING_COLUMNS]
    seen: dict[tuple[str, str, str], int] = {}
    ratings: list[Rating] = []
    for line, cells in rows:
        subject, rater, criterion, score = (cells[place] for place in places)
        for name, cell in zip(RATING_COLUMNS, (subject, rater, criterion), strict=False):
            if not cell:
                raise BadFile(f"{path}, line {line}: no {name}")
        if not score:
            continue
        key = (subject, rater, criterion)
        if key in seen:
            raise BadFile(
                f"{path}, line {line}: {rater} rated {subject} on {criterion} already in line {seen[key]}"
            )
        seen[key] = line
        ratings.append(Rating(subject, rater, criterion, _number(path, line, "score", score)))
    if not ratings:
        raise BadFile(f"{path}: there is no rating under the header")
    return ratings


def matrix(ratings: Sequence[Rating]) -> FloatArray:
    """(subjects, raters) of the mean score over the criteria, ``nan`` where a rater left out a criterion on which
    somebody rated the subject: a mean over other criteria would not be comparable."""
    subjects = {name: i for i, name in enumerate(dict.fromkeys(r.subject for r in ratings))}
    raters = {name: i for i, name in enumerate(dict.fromkeys(r.rater for r in ratings))}
    sums, counts = np.zeros((len(subjects), len(raters))), np.zeros((len(subjects), len(raters)))
    criteria: dict[str, set[str]] = {name: set() for name in subjects}
    for rating in ratings:
        cell = subjects[rating.subject], raters[rating.rater]
        sums[cell] += rating.score
        counts[cell] += 1
        criteria[rating.subject].add(rating.criterion)
    wanted = np.array([[len(criteria[name])] for name in subjects])
    return np.where(counts == wanted, sums / np.maximum(counts, 1), np.nan)
