"""Making courses: who may, in which order, what is missing, what is frozen, what is refused."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest
from PIL import Image
from sqlalchemy import select

from courses import authoring, files, publishing, queries
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.markdown import Media, render
from courses.models import Area, Course, CourseFile, CourseVersion, Status
from lms import storage
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import RoleGrant
from tests.courses.factory import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    actor,
    add_lesson,
    make_course,
    make_draft,
    publish,
)
from tests.people import LONG_AGO, Cast, make_person


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **info: object) -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", size, (200, 200, 250)).save(content, kind, **info)
    content.seek(0)
    return content


def test_ana_makes_no_course(cast: Cast) -> None:
    with pytest.raises(Forbidden), transaction():
        authoring.create(actor(cast.ana), "KA-1", {"en": "Mine"}, Area.SKILLS, now=MONDAY)


def test_a_code_is_given_once_whatever_its_case(cast: Cast) -> None:
    make_draft(cast, code="KA-101")
    with pytest.raises(Refused, match="course_code_taken"), transaction():
        authoring.create(actor(cast.tess), "ka-101", {"en": "Other"}, Area.SKILLS, now=MONDAY)
    with pytest.raises(Refused, match="course_code_shape"), transaction():
        authoring.create(actor(cast.tess), "../etc", {"en": "Other"}, Area.SKILLS, now=MONDAY)


def test_a_trainer_of_one_course_edits_that_one_alone_and_makes_none(cast: Cast) -> None:
    course, other = make_draft(cast), make_draft(cast, code="KA-102")
    with transaction():
        guest = make_person("Gus")
        db.session.add(
            RoleGrant(
                person_id=guest.id, role="trainer", scope="course", course_id=course.id, granted_at=LONG_AGO
            )
        )
    gus = actor(guest)
    with transaction():
        authoring.edit_parts(
            gus, course.id, "en", {"title": "By Gus"}, area=Area.SKILLS, competencies=[], now=TUESDAY
        )
    with pytest.raises(Unknown), transaction():
        authoring.add_module(gus, other.id, "lesson", {"en": "No"}, now=TUESDAY)
    with pytest.raises(Forbidden), transaction():
        authoring.create(gus, "GUS-1", {"en": "No"}, Area.SKILLS, now=TUESDAY)


def test_texts_in_one_language_leave_the_other_alone(cast: Cast) -> None:
    course = make_draft(cast, title={"en": "Collection", "zh_Hans": "回款"})
    tess = actor(cast.tess)
    with transaction():
        authoring.edit_parts(
            tess,
            course.id,
            "zh_Hans",
            {"title": "回款管理"},
            area=Area.SKILLS,
            competencies=["a", " a ", "b"],
            now=TUESDAY,
        )
    assert course.title == {"en": "Collection", "zh_Hans": "回款管理"}
    assert course.competencies == ["a", "b"]


def test_modules_move_and_stay_at_the_ends(cast: Cast) -> None:
    course = make_draft(cast, lessons=3)
    tess = actor(cast.tess)
    first, second, third = (module.id for module in authoring.modules_of(course.id))
    for module, step in ((first, -1), (third, -1), (second, 1)):
        with transaction():
            authoring.move_module(tess, module, step, now=TUESDAY)
    assert [module.id for module in authoring.modules_of(course.id)] == [first, third, second]
    with pytest.raises(Refused, match="order_outdated"), transaction():
        authoring.order_modules(tess, course.id, [first, second], now=TUESDAY)
    with transaction():
        authoring.order_modules(tess, course.id, [second, third, first], now=TUESDAY)
    assert [module.id for module in authoring.modules_of(course.id)] == [second, third, first]


def test_a_removed_module_can_be_put_back(cast: Cast) -> None:
    course = make_draft(cast, lessons=2)
    tess, module = actor(cast.tess), authoring.modules_of(course.id)[0]
    with transaction():
        authoring.remove_module(tess, module.id, now=TUESDAY)
    assert len(authoring.modules_of(course.id)) == 1
    with transaction():
        authoring.restore_module(tess, module.id, now=TUESDAY)
    assert authoring.modules_of(course.id)[0].id == module.id


def test_publishing_names_what_is_missing(cast: Cast) -> None:
    tess = actor(cast.tess)
    with transaction():
        course = authoring.create(tess, "KA-1", {"en": "Bare"}, Area.SKILLS, now=MONDAY)
        module = authoring.add_module(tess, course.id, "lesson", {"en": "Empty"}, now=MONDAY)
    problems = publishing.problems(course, authoring.modules_of(course.id))
    assert len(problems.course) == 6
    assert problems.modules == {module.id: ["The lesson has no text yet."]}
    with pytest.raises(Refused, match="course_has_problems"), transaction():
        publishing.publish(tess, course.id, now=TUESDAY)
    assert course.version == 0


def test_review_goes_back_with_a_note_and_on_to_publication(cast: Cast) -> None:
    course, tess = make_draft(cast), actor(cast.tess)
    with transaction():
        publishing.submit_for_review(tess, course.id, now=TUESDAY)
    with transaction():
        publishing.send_back(tess, course.id, "Say why.", now=TUESDAY)
    assert (course.status, course.review_note) == (Status.DRAFT, "Say why.")
    with transaction():
        publishing.submit_for_review(tess, course.id, now=TUESDAY)
    publish(cast, course, now=WEDNESDAY)
    assert (course.status, course.review_note) == (Status.PUBLISHED, None)


def test_a_published_version_does_not_change_with_the_draft(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    tess = actor(cast.tess)
    with transaction():
        authoring.edit_parts(
            tess,
            course.id,
            "en",
            {"title": "Draft title", "background": "Draft."},
            area=Area.PRODUCT,
            competencies=[],
            now=TUESDAY,
        )
    page = queries.course_page(actor(cast.ana), course.id)
    assert page.course.title["en"] == "Key accounts"
    version, _modules = queries.described(page.course.version_id)
    assert version.snapshot["background"]["en"] == "About the background."
    assert queries.catalogue(actor(cast.ana), area="product").total == 0


def test_publishing_the_same_again_is_refused_and_the_same_rule_stays_the_same(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    with pytest.raises(Refused, match="nothing_to_publish"):
        publish(cast, course, now=TUESDAY)
    with transaction():
        authoring.edit_parts(
            actor(cast.tess),
            course.id,
            "en",
            {"title": "New"},
            area=Area.SKILLS,
            competencies=[],
            now=TUESDAY,
        )
    second = publish(cast, course, now=WEDNESDAY)
    first = db.session.scalars(select(CourseVersion).order_by(CourseVersion.number)).first()
    assert first is not None and first.rule_id == second.rule_id


def test_a_rule_that_asks_nothing_or_too_much_is_refused(cast: Cast) -> None:
    course, tess = make_draft(cast, lessons=2), actor(cast.tess)
    modules = authoring.modules_of(course.id)

    def set_rule(required: int, at_least: int | None, need: Need = Need.DONE) -> None:
        rules = {module.id: ModuleRule(at < required, need, None) for at, module in enumerate(modules)}
        with transaction():
            authoring.set_rule(tess, course.id, rules, at_least=at_least, valid_months=None, now=TUESDAY)

    with pytest.raises(Refused, match="rule_asks_nothing"):
        set_rule(0, None)
    with pytest.raises(Refused, match="rule_asks_too_many"):
        set_rule(1, 2)
    with pytest.raises(Refused, match="score_not_offered"):
        set_rule(1, None, Need.SCORE)
    set_rule(2, 1)
    assert course.at_least == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "![x](https://evil.example/pixel.png)",
        '![x](file:1"onload=alert(1))',
        '![" onerror="alert(1)](file:1)',
        "<a href='x' style='position:fixed'>x</a>",
    ],
)
def test_nothing_an_author_writes_runs_or_reaches_out(text: str) -> None:
    tags = Tags()
    tags.feed(str(render(text, {"1": Media("/courses/files/1", False)})))
    for tag, attributes in tags.found:
        assert tag in {"p", "a", "img"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert (attributes.get("src") or "/").startswith("/")
        assert not (attributes.get("href") or "").startswith(("javascript", "data"))


class Tags(HTMLParser):
    """The tags of a text with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_files_of_the_course_are_shown_and_others_are_words() -> None:
    media = {"1": Media("/courses/files/1", False), "2": Media("/courses/files/2", True)}
    html = str(render("![Map](file:1)\n\n![Film](file:2)\n\n![Gone](file:3)", media))
    assert '<img src="/courses/files/1" alt="Map" loading="lazy">' in html
    assert '<video src="/courses/files/2" controls="" preload="metadata" aria-label="Film">' in html
    assert "Gone" in html and "file:3" not in html


def test_headings_follow_the_heading_of_the_page_without_gaps() -> None:
    html = str(render("### Deep\n\n# Top\n\n#### Deeper", under=1))
    assert [html[at + 1 : at + 3] for at in range(len(html)) if html.startswith("<h", at)] == [
        "h2",
        "h2",
        "h3",
    ]


def test_a_picture_is_written_anew_without_what_was_hidden_in_it(cast: Cast) -> None:
    course = make_draft(cast)
    secret = Image.Exif()
    secret[0x010E] = "taken at home"
    with transaction():
        file = files.add(actor(cast.tess), course, picture("JPEG", (3000, 10), exif=secret), "a/b/../map.png")
    content = storage.read(file.file)
    assert b"taken at home" not in content
    assert file.file.name == "map.jpg"
    with Image.open(io.BytesIO(content)) as kept:
        assert max(kept.size) == 2000


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "x.png", "file_empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "x.svg", "media_type_refused"),
        (b"<html><script>alert(1)</script></html>", "x.png", "media_type_refused"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "x.png", "image_unreadable"),
        (b"MZ" + b"\0" * 200, "x.jpg", "media_type_refused"),
    ],
)
def test_what_is_not_a_picture_or_a_film_is_refused(cast: Cast, content: bytes, name: str, code: str) -> None:
    course = make_draft(cast)
    with pytest.raises(Refused, match=code), transaction():
        files.add(actor(cast.tess), course, io.BytesIO(content), name)
    assert db.session.scalar(select(CourseFile.id)) is None


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(cast: Cast) -> None:
    course = make_draft(cast)
    content = io.BytesIO()
    Image.new("1", (30_000, 2_000)).save(content, "PNG")
    content.seek(0)
    with pytest.raises(Refused, match="image_too_many_pixels"), transaction():
        files.add(actor(cast.tess), course, content, "bomb.png")


def test_a_lesson_is_long_but_not_endless(cast: Cast) -> None:
    course = make_draft(cast)
    with pytest.raises(Refused, match="lesson_too_long"):
        add_lesson(cast, course, "Long", "x" * 200_001)


def test_a_retired_course_leaves_the_catalogue_and_comes_back(cast: Cast) -> None:
    course, tess = make_course(cast), actor(cast.tess)
    with transaction():
        publishing.retire(tess, course.id, now=TUESDAY)
    assert queries.catalogue(actor(cast.ana)).total == 0
    with pytest.raises(Unknown):
        queries.course_page(actor(cast.ana), course.id)
    assert queries.course_page(actor(cast.hana), course.id)
    with transaction():
        publishing.reopen(tess, course.id, now=TUESDAY)
    assert queries.catalogue(actor(cast.ana)).total == 1
    assert isinstance(db.session.get(Course, course.id), Course)
