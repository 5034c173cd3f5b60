"""Long work, each in a process of its own: imports, certificates, and their bare floors.

``python -m benchmarks.batch NAME VAR ROWS`` prints what it took as JSON; called by ``benchmarks.run``.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import segno
from sqlalchemy import func, insert, select, text

from benchmarks import floor
from benchmarks.company import Scale, batched_rows, month_before
from benchmarks.load import peak_mb
from courses import certificates, documents, services
from courses.models import Certificate, Chosen, Completion, Course, Enrolment
from lms import heap
from lms.app import create_app
from lms.authz import SYSTEM
from lms.clock import now, today
from lms.db import db, transaction
from lms.imports import services as imports
from lms.imports.models import ImportBatch
from lms.jobs import Job
from lms.jobs import run as run_job
from lms.people.models import Person
from performance.kpis.models import Kpi, KpiRecord

Figures = dict[str, float]


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def _csv(header: list[str], rows: Any) -> io.BytesIO:
    text_ = io.StringIO()
    writer = csv.writer(text_)
    writer.writerow(header)
    writer.writerows(rows)
    return io.BytesIO(text_.getvalue().encode())


def _kpi_rows(numbers: list[str], codes: list[str], wanted: int) -> Any:
    """Number, KPI, month, value: as many rows as wanted, each spot once."""
    months = 1 + wanted // max(1, len(numbers) * len(codes))
    left, day = wanted, today()
    for back in range(40, 40 + months):
        month = month_before(day, back).strftime("%Y-%m")
        for code in codes:
            for at, number in enumerate(numbers):
                if not left:
                    return
                left -= 1
                yield number, code, month, f"{20_000 + (at * 7919 + back * 104_729) % 50_000}.50"


# KPI records ---------------------------------------------------------------------------------------


def _kpi_file(wanted: int) -> io.BytesIO:
    numbers = list(db.session.scalars(select(Person.number).where(Person.number.startswith("B")).order_by(Person.id)))
    codes = list(db.session.scalars(select(Kpi.code).where(Kpi.kind == "amount").order_by(Kpi.id)))
    return _csv(["number", "kpi", "period", "value"], _kpi_rows(numbers, codes, wanted))


def _import(kind: str, file: io.BytesIO, options: dict[str, bool]) -> tuple[float, float, float]:
    """Upload, preview and accept as on the page; seconds for each of the three."""
    begun = time.perf_counter()
    with transaction():
        batch = imports.upload(SYSTEM, kind, file, f"{kind}.csv", now=now())
        imports.settle(SYSTEM, batch.id, options=options)
    uploaded = time.perf_counter()
    survey = imports.look_through(SYSTEM, batch.id, lambda done, total: None)
    with transaction():
        imports.keep_preview(SYSTEM, batch.id, survey, now=now())
    previewed = time.perf_counter()
    with transaction():
        imports.accept(SYSTEM, batch.id, now=now())
    accepted = time.perf_counter()
    taken = db.session.get_one(ImportBatch, batch.id)
    if taken.state != "accepted" or taken.rejected:
        raise RuntimeError(f"import of {kind}: {taken.state}, {taken.rejected} rejected")
    return uploaded - begun, previewed - uploaded, accepted - previewed


def kpi_import(var: Path, rows: int) -> Figures:
    app = create_app()
    heap.spare_the_collector()  # as the worker does, in which an import runs
    with app.app_context():
        file = _kpi_file(rows)
        before = db.session.scalar(select(func.count()).select_from(KpiRecord)) or 0
        rest = peak_mb()
        begun = _clocks()
        upload, preview, accept = _import("kpi", file, {})
        seconds, cpu = _since(begun)
        after = db.session.scalar(select(func.count()).select_from(KpiRecord)) or 0
    if after - before != rows:
        raise RuntimeError(f"{after - before} records instead of {rows}")
    return {"rows": rows, "seconds": seconds, "cpu_seconds": cpu, "upload": upload, "preview": preview,
            "accept": accept, "grew_mb": peak_mb() - rest}  # fmt: skip


def floor_kpi(var: Path, rows: int) -> Figures:
    """The same file read by ``csv`` and inserted by 10,000 rows, nothing checked, into an indexed table."""
    app = create_app()
    with app.app_context():
        content = _kpi_file(rows).getvalue().decode()
    engine = floor.engine_of(str(var / "floor-kpi.db"))
    floor.Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM figure"))
        connection.execute(text("CREATE UNIQUE INDEX IF NOT EXISTS once ON figure (number, kpi, month)"))
    begun = _clocks()
    reader = csv.DictReader(io.StringIO(content))
    with engine.begin() as connection:
        for chunk in batched_rows(
            {"number": row["number"], "kpi": row["kpi"], "month": date.fromisoformat(row["period"] + "-01"),
             "value": float(row["value"])}
            for row in reader
        ):  # fmt: skip
            connection.execute(insert(floor.Figure.__table__), chunk)
    seconds, cpu = _since(begun)
    return {"rows": rows, "seconds": seconds, "cpu_seconds": cpu}


# People --------------------------------------------------------------------------------------------


def people_import(var: Path, rows: int) -> Figures:
    """New people with their teams and links to set a password, then all of them enrolled in one course."""
    app = create_app({"JOBS": "queue"})
    with app.app_context():
        run = datetime.now(UTC).strftime("%H%M%S")
        file = _csv(
            ["number", "name", "email", "team", "role", "hired_on"],
            (
                (f"N{run}-{n}", f"李雷{n}", f"n{run}-{n}@example.com", f"N{run}/{n % 200}", "rep", "2025-01-06")
                for n in range(rows)
            ),
        )
        course = db.session.scalar(select(func.max(Course.id)))
        begun = _clocks()
        upload, preview, accept = _import("people", file, {"create_teams": True, "invite": True})
        ids = list(db.session.scalars(select(Person.id).where(Person.number.startswith(f"N{run}-"))))
        enrolling = time.perf_counter()
        with transaction():
            done = services.assign(
                SYSTEM, course or 0, ids, chosen=Chosen.EVERYONE, reason="", due_on=None, now=now()
            )
        enrol = time.perf_counter() - enrolling
        seconds, cpu = _since(begun)
        if done.enrolled != rows:
            raise RuntimeError(f"{done.enrolled} enrolled instead of {rows}")
        sending = time.perf_counter()
        for job_id in db.session.scalars(select(Job.id).where(Job.state == "queued").order_by(Job.id)).all():
            run_job(job_id)
        mails = time.perf_counter() - sending
    return {"rows": rows, "seconds": seconds, "cpu_seconds": cpu, "upload": upload, "preview": preview,
            "accept": accept, "enrol": enrol, "links_and_mails": mails, "peak_mb": peak_mb()}  # fmt: skip


# PDFs ----------------------------------------------------------------------------------------------


def certificate(var: Path, rows: int) -> Figures:
    """Certificates drawn one after the other in one process: the first, and the mean of the others."""
    app = create_app({"JOBS": "queue"})
    with app.app_context():
        ids = issue(rows + 1)
        seconds, sizes = [], []
        for certificate_id in ids:
            found = db.session.get_one(Certificate, certificate_id)
            begun = time.perf_counter()
            sizes.append(len(documents.drawn(found)))
            seconds.append(time.perf_counter() - begun)
    return _pdf_figures(seconds, sizes)


def issue(count: int) -> list[int]:
    """So many issued certificates, of enrolments completed here."""
    have = list(db.session.scalars(select(Certificate.id).limit(count)))
    wanted = db.session.scalars(
        select(Enrolment)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Completion.id.is_(None))
        .limit(count - len(have))
    ).all()
    with transaction():
        for enrolment in wanted:
            enrolment = db.session.get_one(Enrolment, enrolment.id)
            completion = Completion(
                enrolment_id=enrolment.id,
                completed_on=date(2026, 3, 2),
                rule_id=enrolment.version.rule_id if enrolment.version else None,
                evidence={},
                recorded_at=now(),
            )
            db.session.add(completion)
            db.session.flush()
            have.append(certificates.issue(SYSTEM, enrolment, completion, None, now=now()).id)
    return have


def floor_pdf(var: Path, rows: int) -> Figures:
    """A bare WeasyPrint page: two languages, a QR code, fonts of the system; no tags, no own fonts."""
    from weasyprint import HTML

    seconds, sizes = [], []
    for n in range(rows + 1):
        qr = segno.make(f"http://localhost/verify/{n:08}", error="m").svg_data_uri(border=0)
        html = (
            "<html lang='zh'><style>@page{size:A4 landscape}body{font-family:'Noto Sans CJK SC'}</style>"
            f"<h1>结业证书 Certificate</h1><p>王伟{n} Wang Wei {n}</p><p>大客户销售 Key accounts</p>"
            f"<p>已完成课程的全部要求。 Completed all that the course asks for.</p><img width=120 src='{qr}'></html>"
        )
        begun = time.perf_counter()
        sizes.append(len(HTML(string=html).write_pdf()))
        seconds.append(time.perf_counter() - begun)
    return _pdf_figures(seconds, sizes)


def _pdf_figures(seconds: list[float], sizes: list[int]) -> Figures:
    rest = seconds[1:]
    return {"rows": len(rest), "first_ms": seconds[0] * 1000, "ms": sum(rest) / len(rest) * 1000,
            "kb": sum(sizes) / len(sizes) / 1024}  # fmt: skip


WORKS: dict[str, Callable[[Path, int], Figures]] = {
    "kpi_import": kpi_import,
    "floor_kpi": floor_kpi,
    "people_import": people_import,
    "certificate": certificate,
    "floor_pdf": floor_pdf,
}


def rows_of(name: str, scale: Scale) -> int:
    """How much of it at a scale."""
    full = scale.people >= 10_000
    return {
        "kpi_import": 1_000_000 if full else 100_000,
        "floor_kpi": 1_000_000 if full else 100_000,
        "people_import": 10_000,
        "certificate": 40,
        "floor_pdf": 40,
    }[name]


if __name__ == "__main__":
    work, var, rows = sys.argv[1:]
    print(json.dumps(WORKS[work](Path(var), int(rows))))
