"""A file comes under its name in any script, and its headings in the language of whoever asked."""

from __future__ import annotations

import contextvars
import io
import tracemalloc
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from flask_babel import lazy_gettext

from lms import downloads, storage
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import speaking
from lms.imports import kinds, services
from lms.people.models import Person
from lms.tables import Column
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
KINDS = ("people", "completions", "competency", "kpi", "targets", "initiative")


def reading(person: Person, locale: str) -> Person:
    with transaction():
        person.locale = locale
    return person


@pytest.mark.parametrize(("name", "plain"), [("效果总览 1.xlsx", " 1.xlsx"), ("Lü.pdf", "Lu.pdf"), ("a.csv", "a.csv")])
def test_a_name_in_any_script_stands_in_the_header(name: str, plain: str) -> None:
    answer = downloads.call(Response(b""), name)
    said = answer.headers["Content-Disposition"]
    assert said.isascii() and plain in said
    assert name.isascii() or unquote(said.split("filename*=UTF-8''")[1]) == name


def test_a_file_somebody_named_in_chinese_is_given_back(cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        file = storage.put(actor(cast.hana), "一".encode(), "大客户手册.txt")
    answer = sign_in(cast.hana).get(f"/files/{file.id}")
    assert answer.status_code == 200 and "%E5%A4%A7%E5%AE%A2%E6%88%B7" in answer.headers["Content-Disposition"]


def test_a_table_is_written_while_it_is_known_who_reads(app: Flask) -> None:
    with speaking("zh_Hans"):
        answer = downloads.table([{"name": "Ana"}], [Column("name", lazy_gettext("Name"))], "csv", "people", title="")
    sent = contextvars.Context().run(lambda: answer.data)  # a server sends it when the request is over
    assert sent.decode("utf-8-sig") == "姓名\r\nAna\r\n"


def test_a_long_table_waits_on_disk_and_arrives_whole(app: Flask) -> None:
    rows = ({"name": f"{at:0100}"} for at in range(60_000))
    tracemalloc.start()
    answer = downloads.table(rows, [Column("name", "Name")], "csv", "people", title="")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 << 20, "six megabytes, not in memory"
    sent = b"".join(answer.iter_encoded())
    assert len(sent) == answer.content_length
    assert sent.endswith(b"\r\n" + b"59999".rjust(100, b"0") + b"\r\n")
    answer.close()


def test_a_table_that_cannot_be_written_is_an_error_and_no_half_file(app: Flask) -> None:
    def rows() -> Iterator[dict[str, str]]:
        yield {"name": "Ana"}
        raise Refused("import_nothing_new")

    with pytest.raises(Refused):
        downloads.table(rows(), [Column("name", "Name")], "csv", "people", title="")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["en", "zh_Hans", "zh_Hant"])
def test_a_template_in_any_language_is_understood_by_any_reader(cast: Cast, sign_in: SignIn, kind: str, locale: str) -> None:
    content = sign_in(reading(cast.hana, locale)).get(f"/imports/template/{kind}.xlsx").data
    with transaction(), speaking("en" if locale == "zh_Hans" else "zh_Hans"):
        batch = services.upload(actor(cast.hana), kind, io.BytesIO(content), "t.xlsx", now=now())
        assert set(batch.mapping) == {column.key for column in kinds.find(kind).columns}, batch.header
