"""The bare floor: the least that Flask, SQLAlchemy and Jinja cost for a page and for a durable submit.

No session, no permission, no translation, no form: what the product adds is the ratio that is reported. Served by
``gunicorn benchmarks.floor:app`` with ``BENCHMARK_DATABASE`` naming its SQLite file, made by ``make_data``.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from argon2 import PasswordHasher
from flask import Flask, jsonify, render_template, request
from jinja2 import DictLoader
from sqlalchemy import Engine, ForeignKey, Table, create_engine, event, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PEOPLE, COURSES, MODULES, QUESTIONS = 200, 20, 8, 10
PASSWORD = "correct horse battery staple"
ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The parameters of the product's sign-in."""


class Base(DeclarativeBase):
    __table__: ClassVar[Table]  # narrower than SQLAlchemy says: no model here is a join


class Learner(Base):
    __tablename__ = "learner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Course(Base):
    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    published_on: Mapped[date]


class Module(Base):
    __tablename__ = "module"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    position: Mapped[int]
    title: Mapped[str]
    minutes: Mapped[int]


class Submission(Base):
    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    at: Mapped[datetime]
    score: Mapped[float | None]


class Answer(Base):
    __tablename__ = "answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    question: Mapped[int]
    given: Mapped[str]
    right: Mapped[bool]


class Figure(Base):
    """A KPI record as bare as can be, for the floor of the import."""

    __tablename__ = "figure"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    kpi: Mapped[str]
    month: Mapped[date]
    value: Mapped[float]


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ course.title }}</title></head>
<body><header><nav><a href="/">Today</a> <a href="/courses">Courses</a> <a href="/learning">Learning</a></nav>
<span>{{ learner.name }}</span></header>
<main><h1>{{ course.title }}</h1><p>{{ course.published_on }}</p><p>{{ course.text }}</p>
<ol>{% for module in modules %}<li><a href="/modules/{{ module.id }}">{{ module.title }}</a>
<span>{{ module.minutes }} min</span></li>{% endfor %}</ol></main>
<footer>{{ modules|length }} modules, {{ modules|sum(attribute="minutes") }} min</footer></body></html>"""


def engine_of(path: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def make_data(path: Path) -> None:
    engine = engine_of(str(path))
    Base.metadata.create_all(engine)
    text = "How to find out what a customer needs before speaking of what we sell. " * 20
    with engine.begin() as connection:
        connection.execute(
            insert(Learner),
            [{"id": n, "name": f"Learner {n}", "email": f"l{n}@example.com"} for n in range(1, PEOPLE + 1)],
        )
        connection.execute(
            insert(Course),
            [
                {"id": n, "title": f"Course {n}", "text": text, "published_on": date(2026, 1, 1)}
                for n in range(1, COURSES + 1)
            ],
        )
        connection.execute(
            insert(Module),
            [
                {"course_id": n, "position": at, "title": f"Module {at} of course {n}", "minutes": 5 + at}
                for n in range(1, COURSES + 1)
                for at in range(MODULES)
            ],
        )
    engine.dispose()


def create_app() -> Flask:
    app = Flask("benchmarks.floor")
    app.jinja_loader = DictLoader({"page.html": PAGE})
    engine = engine_of(os.environ["BENCHMARK_DATABASE"])
    hashed = ARGON2.hash(PASSWORD)

    @app.get("/healthz")
    def healthz() -> str:
        return "well"

    @app.get("/page/<int:learner_id>/<int:course_id>")
    def page(learner_id: int, course_id: int) -> str:
        with Session(engine) as session:
            learner = session.scalars(select(Learner).where(Learner.id == learner_id)).one()
            course = session.scalars(select(Course).where(Course.id == course_id)).one()
            modules = session.scalars(
                select(Module).where(Module.course_id == course_id).order_by(Module.position)
            ).all()
            return render_template("page.html", learner=learner, course=course, modules=modules)

    @app.post("/submit/orm/<int:learner_id>")
    def submit_orm(learner_id: int) -> Any:
        given = request.get_json()["answers"]
        with Session(engine) as session:
            learner = session.scalars(select(Learner).where(Learner.id == learner_id)).one()
            submission = Submission(learner_id=learner.id, at=datetime.now(UTC), score=None)
            session.add(submission)
            session.flush()
            answers = [
                Answer(submission_id=submission.id, question=n, given=text, right=text == "b")
                for n, text in enumerate(given)
            ]
            session.add_all(answers)
            submission.score = sum(answer.right for answer in answers) / len(answers)
            score = submission.score
            session.commit()
        return jsonify(score=score)

    @app.post("/submit/core/<int:learner_id>")
    def submit_core(learner_id: int) -> Any:
        given = request.get_json()["answers"]
        rows = [{"question": n, "given": text, "right": text == "b"} for n, text in enumerate(given)]
        score = sum(row["right"] for row in rows) / len(rows)
        with engine.begin() as connection:
            made = connection.execute(
                insert(Submission.__table__), {"learner_id": learner_id, "at": datetime.now(UTC), "score": None}
            ).inserted_primary_key[0]  # type: ignore[index]
            connection.execute(insert(Answer.__table__), [{"submission_id": made, **row} for row in rows])
            connection.execute(update(Submission.__table__).where(Submission.id == made).values(score=score))
        return jsonify(score=score)

    @app.post("/verify")
    def verify() -> Any:
        return jsonify(right=ARGON2.verify(hashed, request.get_json()["password"]))

    return app


app = create_app() if "BENCHMARK_DATABASE" in os.environ else None
