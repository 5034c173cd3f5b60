"""A page with every component, for those who build pages: /gallery, in development and tests only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, render_template, request
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, NumberRange, Optional

from lms import figure_options as figures
from lms.authz import public
from lms.clock import now
from lms.forms import Form
from lms.paging import Page


class SampleForm(Form):
    """One field of each kind."""

    title = StringField("Title", [DataRequired()], description="What reps will see in the catalogue.")
    passing = IntegerField("Pass mark", [NumberRange(0, 100)], description="In percent.")
    due = DateField("Due", [Optional()])
    kind = SelectField("Kind", choices=[SelectChoice("lesson", "Lesson"), SelectChoice("quiz", "Quiz")])
    reason = RadioField(
        "How were they chosen?",
        [DataRequired()],
        choices=[SelectChoice("calendar", "By the calendar"), SelectChoice("results", "By their results")],
    )
    notify = BooleanField("Tell the participants by mail")
    outline = TextAreaField("Outline", [DataRequired()])
    file = FileField("KPI file", [Optional()], description="CSV or XLSX, up to 300 MB.")


def _event_study() -> figures.Option:
    estimates = [0.4, -0.6, 0.9, 0.1, -0.8, 0.5, -0.3, 0.0, 2.9, 5.4, 7.2, 8.6, 9.1, 9.8, 10.2]
    below = [2.6, 2.5, 2.4, 2.4, 2.3, 2.2, 2.1, 0.0, 2.6, 2.9, 3.1, 3.3, 3.6, 4.0, 4.5]
    points = [
        figures.Point(k, estimate / 100, (estimate - width) / 100, (estimate + width) / 100)
        for k, estimate, width in zip(range(-8, 7), estimates, below, strict=True)
    ]
    return figures.event_study(
        points,
        start_label="course starts",
        period_label="months",
        end_label="+10 %",
        end_note="month 6",
        before_note="before: no difference, as it should be",
    )


def _lines() -> figures.Option:
    own = figures.Series("East region", [82, 84, 83, 88, None, 91, 95, 97])
    firm = figures.Series("公司平均", [80, 81, 82, 82, 83, 83, 84, 85], colour="$soft", dashed=True)
    months = ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    return figures.line_series(months, [own, firm], target=90, target_label="target 90")


def _bars() -> figures.Option:
    return figures.bars(["客户选择", "Needs", "Objections"], [4.2, 3.6, 2.9], value_format=figures.number_format(digits=1))


def _whiskers() -> figures.Option:
    return figures.bars(
        ["Key-account discovery", "Negotiation lab"],
        [0.08, 0.01],
        intervals=[(0.02, 0.14), (-0.04, 0.06)],
        value_format=figures.number_format("percent", sign=True),
    )


def _samples() -> dict[str, Any]:
    moment = now()
    rows = [{"name": "王芳", "team": "华东一组", "sales": 186000, "share": 0.93}, {"name": "𠮷田䶮", "team": "East 2", "sales": 98000, "share": None}]
    return {
        "form": SampleForm(),
        "rows": rows,
        "page": Page(rows, 3, 2, 17),
        "event_study": _event_study(),
        "lines": _lines(),
        "bars": _bars(),
        "whiskers": _whiskers(),
        "moment": moment,
        "deadline": moment + timedelta(minutes=24),
    }


@public
def gallery() -> str:
    """Every component once; ?errors=1 shows the form refused."""
    samples = _samples()
    if request.args.get("errors"):
        samples["form"].validate()
    return render_template("lms/gallery.html", **samples)


def init_app(app: Flask) -> None:
    """Open /gallery unless this is a production process."""
    if app.debug or app.testing:
        app.add_url_rule("/gallery", "gallery", gallery)
