"""Statements that every page asks: they bring what SQLAlchemy would bring, see what it sees, and fail as it fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Integer, bindparam, event, insert, literal, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from lms.db import db, transaction
from lms.people.models import LoginSession, Person
from lms.prepared import Prepared, adding
from performance.kpis.models import Kpi, KpiRecord
from tests.people import Cast

SINCE = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
EVERY_KIND = Prepared(
    select(
        Person.id, Person.name, Person.name_latin, Person.active, Person.hired_on, LoginSession.started_at, LoginSession.ended_at,
        Kpi.name, KpiRecord.value, KpiRecord.numerator, KpiRecord.period_start, literal("100 %"),
    )
    .join(LoginSession, LoginSession.person_id == Person.id)
    .join(KpiRecord, KpiRecord.person_id == Person.id)
    .join(Kpi, Kpi.id == KpiRecord.kpi_id)
    .where(LoginSession.started_at >= bindparam("since"), KpiRecord.period_start > bindparam("day"), Person.active == bindparam("active"))
    .order_by(KpiRecord.period_start)
    .limit(bindparam("at_most"))
)  # fmt: skip
NAMED = Prepared(select(Person.name).where(Person.number == bindparam("number")))
NEW_KPI = Prepared(adding(Kpi))
RENAME = Prepared(update(Person.__table__).where(Person.number == bindparam("whose")).values(name=bindparam("new_name")))  # type: ignore[arg-type]


@pytest.fixture
def recorded(cast: Cast, sign_in: Callable[[Person], FlaskClient]) -> Cast:
    with transaction():
        cast.ana.hired_on = date(2020, 2, 29)
        kpi = Kpi(code="price_level", name={"en": "Price level", "zh_Hans": "价格水平"}, description={}, kind="rate", unit="share", direction="higher", period="month", digits=1, created_at=SINCE)
        db.session.add(kpi)
        db.session.flush()
        for month, value, numerator in ((8, 0.1, None), (9, 1 / 3, 1.0), (10, 0.5, None)):
            db.session.add(
                KpiRecord(
                    kpi_id=kpi.id, person_id=cast.ana.id, period_start=date(2026, month, 1), value=value, numerator=numerator,
                    denominator=None if numerator is None else 3.0, recorded_at=SINCE,
                )
            )  # fmt: skip
        for started, ended in ((SINCE, None), (SINCE - timedelta(days=1), SINCE)):
            db.session.add(LoginSession(key_hash=str(started), person_id=cast.ana.id, started_at=started, ended_at=ended, address="", device=""))
    return cast


def test_values_of_every_kind_arrive_as_they_were_kept(recorded: Cast) -> None:
    in_shanghai = SINCE.astimezone(ZoneInfo("Asia/Shanghai"))  # the same moment, told otherwise
    rows = EVERY_KIND.rows({"since": in_shanghai, "day": date(2026, 8, 1), "active": True, "at_most": 5})
    start = (recorded.ana.id, "Ana", recorded.ana.name_latin, True, date(2020, 2, 29), SINCE, None, {"en": "Price level", "zh_Hans": "价格水平"})
    assert rows == [
        (*start, 1 / 3, 1.0, date(2026, 9, 1), "100 %"),
        (*start, 0.5, None, date(2026, 10, 1), "100 %"),
    ]
    assert rows[0][3] is True
    assert rows[0][5].tzinfo is UTC


def test_values_are_told_anew_each_time(recorded: Cast) -> None:
    given = {"since": SINCE - timedelta(days=2), "day": date(2026, 8, 1), "active": True, "at_most": 5}
    assert len(EVERY_KIND.rows(given)) == 4
    assert len(EVERY_KIND.rows(given | {"at_most": 3})) == 3
    assert len(EVERY_KIND.rows(given | {"day": date(2026, 9, 1)})) == 2
    assert EVERY_KIND.rows(given | {"active": False}) == []


def test_it_sees_what_its_own_transaction_wrote_and_nothing_of_it_afterwards_if_that_fails(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        cast.ana.name = "Anna"
        db.session.flush()
        assert NAMED.rows({"number": cast.ana.number}) == [("Anna",)]
        raise ZeroDivisionError
    assert NAMED.rows({"number": "ana"}) == [("Ana",)]


def test_a_value_that_was_forgotten_is_not_taken_for_nothing(cast: Cast) -> None:
    with pytest.raises(KeyError, match="number"):
        NAMED.rows({"nummer": "ana"})


def test_who_listens_hears_it_and_the_answer_is_the_same(cast: Cast) -> None:
    heard: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    db.session.connection()
    event.listen(Engine, "before_cursor_execute", listen)
    try:
        assert NAMED.rows({"number": "ana"}) == [("Ana",)]
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert len(heard) == 1
    assert NAMED.rows({"number": "ana"}) == [("Ana",)]
    assert len(heard) == 1


def test_a_statement_whose_words_depend_on_its_values_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="depends on its values"):
        Prepared(select(Person.id).where(Person.id.in_(bindparam("ids", expanding=True)))).rows({"ids": [1]})


def test_what_the_database_refuses_is_an_error_of_sqlalchemy(bare_app: Flask) -> None:
    with pytest.raises(DBAPIError):
        NAMED.rows({"number": "ana"})  # without a table


def test_a_connection_that_was_lost_is_not_used_again(migrated_app: Flask) -> None:
    one = Prepared(select(bindparam("n", type_=Integer)))
    with migrated_app.app_context():
        assert one.rows({"n": 1}) == [(1,)]
        lost = db.session.connection().connection.driver_connection
        assert lost is not None
        lost.close()
        with pytest.raises(DBAPIError) as failed:
            one.rows({"n": 2})
        assert failed.value.connection_invalidated
        db.session.rollback()
        assert one.rows({"n": 3}) == [(3,)]
        db.session.remove()


def test_what_it_adds_is_there_in_every_column_and_gone_with_a_transaction_that_fails(cast: Cast) -> None:
    with transaction():
        assert NEW_KPI.do(kpi("price_level")) == 1
    there = db.session.scalars(select(Kpi).where(Kpi.code == "price_level")).one()
    assert {name: getattr(there, name) for name in kpi("price_level")} == kpi("price_level")
    with pytest.raises(ZeroDivisionError), transaction():
        NEW_KPI.do(kpi("list_price"))
        raise ZeroDivisionError
    assert db.session.scalar(select(Kpi.id).where(Kpi.code == "list_price")) is None


def test_it_tells_how_many_rows_it_touched(cast: Cast) -> None:
    with transaction():
        assert RENAME.do({"whose": "ana", "new_name": "Anna"}) == 1
        assert RENAME.do({"whose": "nobody", "new_name": "Anna"}) == 0
    assert NAMED.rows({"number": "ana"}) == [("Anna",)]


def test_a_row_that_cannot_be_is_refused_by_the_name_of_the_refusal(cast: Cast) -> None:
    with transaction():
        NEW_KPI.do(kpi("price_level"))
    with pytest.raises(IntegrityError) as refused, transaction():
        NEW_KPI.do(kpi("price_level"))
    assert not refused.value.connection_invalidated
    with transaction():
        assert NEW_KPI.do(kpi("list_price")) == 1


def test_a_statement_that_leaves_a_value_to_python_is_refused_rather_than_left_without_it(cast: Cast) -> None:
    left = Prepared(insert(Kpi.__table__).values(code=bindparam("code")))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="defaults that Python makes"), transaction():
        left.do({"code": "price_level"})


def kpi(code: str) -> dict[str, object]:
    return {column.name: None for column in Kpi.__table__.columns if column.nullable} | {
        "code": code, "name": {"en": "Price level"}, "description": {}, "kind": "rate", "unit": "share", "direction": "higher", "period": "month",
        "digits": 1, "over_time": "mean", "created_at": SINCE,
    }  # fmt: skip
