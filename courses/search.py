"""The full-text index of published courses: FTS5 on SQLite, ``tsvector`` of the ``simple`` kind on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Subquery, column, delete, func, insert, literal_column, select, table, text

from courses.models import PARTS, CourseSearch, CourseVersion, ModuleVersion
from courses.words import segmented, terms
from lms.db import db

_FTS = table("course_fts", column("rowid"), column("title"), column("body"))


def _on_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"


def index(version: CourseVersion, modules: list[ModuleVersion], code: str) -> None:
    """Put the words of a published version in place of those of the version before."""
    title = segmented([code, *version.title.values()])
    snapshot: dict[str, Any] = version.snapshot
    texts = [text for part in PARTS for text in snapshot[part].values()]
    texts += [text for module in modules for text in module.title.values()]
    body = segmented([*texts, *snapshot["competencies"]])
    forget(version.course_id)
    if _on_sqlite():
        db.session.execute(insert(_FTS).values(rowid=version.course_id, title=title, body=body))
    else:
        words = func.setweight(func.to_tsvector(_SIMPLE, title), text("'A'")).op("||")(
            func.setweight(func.to_tsvector(_SIMPLE, body), text("'C'"))
        )
        db.session.execute(insert(CourseSearch).values(course_id=version.course_id, words=words))


_SIMPLE: Any = literal_column("'simple'::regconfig")


def forget(course_id: int) -> None:
    """Take a course out of the index."""
    if _on_sqlite():
        db.session.execute(delete(_FTS).where(_FTS.c.rowid == course_id))
    else:
        db.session.execute(delete(CourseSearch).where(CourseSearch.course_id == course_id))


def found(query: str) -> Subquery | None:
    """The courses that hold every word of the query: ``course_id`` and ``rank`` (the lowest is best).

    None when the query holds no word at all.
    """
    phrases = terms(query)
    if not phrases:
        return None
    return (_by_fts5(phrases) if _on_sqlite() else _by_tsvector(phrases)).subquery("found")


def _by_fts5(phrases: list[list[str]]) -> Select[Any]:
    match = " ".join(f'"{" ".join(words)}"' + ("*" if words[-1].isascii() else "") for words in phrases)
    rank = func.bm25(literal_column("course_fts"), 8.0, 1.0)
    return select(_FTS.c.rowid.label("course_id"), rank.label("rank")).where(
        literal_column("course_fts").op("MATCH")(match)
    )


def _by_tsvector(phrases: list[list[str]]) -> Select[Any]:
    match = " & ".join("(" + " <-> ".join(_lexemes(words)) + ")" for words in phrases)
    query = func.to_tsquery(_SIMPLE, match)
    rank = -func.ts_rank(CourseSearch.words, query)
    return select(CourseSearch.course_id.label("course_id"), rank.label("rank")).where(
        CourseSearch.words.op("@@")(query)
    )


def _lexemes(words: list[str]) -> list[str]:
    """Words hold letters and digits alone, so that nothing in them is an operator."""
    return [*words[:-1], words[-1] + (":*" if words[-1].isascii() else "")]
