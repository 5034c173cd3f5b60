"""Answers that are a file or a recording: what is taken, who may open it, how it is graded, when it goes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.grading.files import media_type_of
from assessments.grading.notation import read as lines
from assessments.grading.questions import parse
from assessments.quizzes import answer_files, hand_grading, services
from assessments.quizzes.file_models import AnswerFile, AnswerFilePiece
from assessments.quizzes.models import AnswerSave, Attempt
from lms import pieces
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.people.models import Person
from tests.assessments.grading.kinds import NEW
from tests.assessments.quizzes.factory import Made, actor, begin, entry_of, give, hand_in, make_quiz
from tests.assessments.roleplays.factory import mp4, webm
from tests.courses.factory import TUESDAY
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
PDF = b"%PDF-1.7\n" + b"a plan " * 100
SOUND = webm(track=2)


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>" + " " * 500)
        for name in names:
            archive.writestr(name, "<x/>" * 200)
    return out.getvalue()


def given(person: Person, attempt: Attempt, question_id: int, content: bytes = PDF, name: str = "ana-plan.pdf") -> AnswerFile:
    with transaction():
        return answer_files.whole(actor(person), attempt.id, question_id, io.BytesIO(content), name, now=TUESDAY)


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught, transaction():
        act()
    return caught.value.code


def answer_of(attempt: Attempt, question_id: int) -> list[str]:
    row = db.session.get(AnswerSave, (attempt.id, question_id), populate_existing=True)
    return row.answer if row else []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"accept": [], "most_mb": 5}, "question_file_kinds"),
        ({"accept": ["exe"], "most_mb": 5}, "question_file_kinds"),
        ({"accept": [{}], "most_mb": 5}, "question_file_kinds"),
        ({"accept": ["pdf"], "most_mb": 51}, "question_file_size"),
        ({"accept": ["pdf"], "most_mb": True}, "question_file_size"),
    ],
)
def test_a_rule_that_cannot_be_is_named(body: dict[str, object], code: str) -> None:
    with pytest.raises(ValueError, match=code):
        parse(NEW["file"] | {"body": body})


@pytest.mark.parametrize("seconds", [0, 9, 1801, "60", True, None])
def test_an_oral_answer_has_a_length(seconds: object) -> None:
    with pytest.raises(ValueError, match="question_seconds"):
        parse(NEW["oral"] | {"body": {"seconds": seconds}})


def test_its_criteria_are_written_in_lines_like_those_of_open_text() -> None:
    assert lines("oral", "? Names the need\n0 No\n1 Yes", "en", None)["key"]["criteria"][0]["id"] == "c1"


def test_a_file_is_what_its_content_says() -> None:
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert media_type_of(PDF) == "application/pdf"
    assert media_type_of(office("word/document.xml")) == docx
    assert media_type_of(office("word/document.xml", "word/vbaProject.bin")) is None, "macros"
    assert media_type_of(office("word/document.xml")[:600]) is None, "broken"
    assert media_type_of(b"MZ" + b"\0" * 600) is None
    assert media_type_of(b"<script>alert(1)</script>") is None


def test_anas_file_is_her_answer_and_another_one_takes_its_place(cast: Cast) -> None:
    made = make_quiz(cast, ["file"])
    attempt, asked = begin(cast.ana, made), made.questions["file"]
    first = given(cast.ana, attempt, asked)
    second = given(cast.ana, attempt, asked, PDF + b"better")
    assert answer_of(attempt, asked) == [str(second.id)]
    assert (first.erased_at is not None, second.erased_at) == (True, None)
    with transaction():
        answer_files.take_back(actor(cast.ana), attempt.id, asked, now=TUESDAY)
    assert answer_of(attempt, asked) == []
    assert db.session.scalar(select(func.count(AnswerFilePiece.id))) == 0


def test_it_comes_in_pieces_and_a_lost_piece_is_sent_again(cast: Cast) -> None:
    made = make_quiz(cast, ["oral"])
    attempt, asked, ana = begin(cast.ana, made), made.questions["oral"], actor(cast.ana)
    with transaction():
        file = answer_files.begin(ana, attempt.id, asked, len(SOUND), now=TUESDAY)
        answer_files.append(ana, file.id, 0, SOUND[:3000], now=TUESDAY)
    assert refusal_of(lambda: answer_files.append(ana, file.id, 0, SOUND[:3000], now=TUESDAY)) == "piece_out_of_place"
    assert refusal_of(lambda: answer_files.finish(ana, file.id, "", now=TUESDAY)) == "piece_out_of_place"
    with transaction():
        answer_files.append(ana, file.id, 3000, SOUND[3000:], now=TUESDAY)
        answer_files.finish(ana, file.id, "", now=TUESDAY)
    assert (file.media_type, pieces.read(file, 0, file.size)) == ("audio/webm", SOUND)


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("file", b"MZ" + b"\0" * 300, "answer_file_type"),
        ("file", office("word/document.xml"), "answer_file_type"),
        ("file", b"", "recording_empty"),
        ("oral", webm(track=1), "answer_oral_type"),
        ("oral", PDF, "answer_oral_type"),
    ],
)
def test_what_is_not_asked_for_is_refused(cast: Cast, kind: str, content: bytes, code: str) -> None:
    made = make_quiz(cast, [kind])
    attempt = begin(cast.ana, made)
    found = refusal_of(
        lambda: answer_files.whole(actor(cast.ana), attempt.id, made.questions[kind], io.BytesIO(content), "x.pdf", now=TUESDAY)
    )
    assert found == code
    assert answer_of(attempt, made.questions[kind]) == []


def test_a_telephones_own_recording_is_taken(cast: Cast) -> None:
    made = make_quiz(cast, ["oral"])
    assert given(cast.ana, begin(cast.ana, made), made.questions["oral"], mp4(kind=b"soun"), "New Recording.m4a").media_type == "audio/mp4"


def test_after_the_deadline_nothing_is_taken_and_a_recording_cannot_be_claimed_by_its_number(cast: Cast) -> None:
    made = make_quiz(cast, ["file"], time_limit=60)
    attempt, asked, late = begin(cast.ana, made), made.questions["file"], TUESDAY + timedelta(minutes=2)
    with transaction():
        file = answer_files.begin(actor(cast.ana), attempt.id, asked, len(PDF), now=TUESDAY)
    assert refusal_of(lambda: answer_files.append(actor(cast.ana), file.id, 0, PDF, now=late)) == "deadline_passed"
    assert refusal_of(lambda: give(cast.ana, attempt, asked, str(file.id))) == "answer_unreadable"


def test_the_form_of_the_attempt_does_not_empty_it(cast: Cast) -> None:
    made = make_quiz(cast, ["file", "single"])
    attempt, asked = begin(cast.ana, made), made.questions["file"]
    file = given(cast.ana, attempt, asked)
    with transaction():
        services.save_form(actor(cast.ana), attempt.id, {asked: [], made.questions["single"]: ["s2"]}, 0, None, now=TUESDAY)
    assert answer_of(attempt, asked) == [str(file.id)]


def test_nobody_else_sends_or_opens_it_and_its_graders_only_after_the_end(cast: Cast) -> None:
    made = make_quiz(cast, ["file"])
    attempt, asked = begin(cast.ana, made), made.questions["file"]
    file = given(cast.ana, attempt, asked)
    for other in (cast.ben, cast.dov, cast.tess, cast.cleo):
        with pytest.raises(Unknown), transaction():
            answer_files.begin(actor(other), attempt.id, asked, 10, now=TUESDAY)
        with pytest.raises(Unknown):
            answer_files.opened(actor(other), answer_files.ticket(actor(other), file))
    hand_in(cast.ana, attempt)
    assert answer_files.opened(actor(cast.tess), answer_files.ticket(actor(cast.tess), file)) == file
    for other in (cast.ben, cast.dov, cast.cleo):
        with pytest.raises(Unknown):
            answer_files.opened(actor(other), answer_files.ticket(actor(other), file))
    with pytest.raises(Unknown):
        answer_files.opened(actor(cast.tess), answer_files.ticket(actor(cast.ana), file))


def test_tess_hears_it_blind_and_grades_it(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["file"], pass_mark=75)
    attempt = begin(cast.ana, made)
    given(cast.ana, attempt, made.questions["file"])
    page = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}").text
    assert "PDF, 0.1 MB" in page
    hand_in(cast.ana, attempt)
    code = hand_grading.desk(actor(cast.tess), made.module.id).waiting[0].code
    client = sign_in(cast.tess)
    desk, page = (client.get(f"/authoring/quizzes/{made.module.id}/open-answers{rest}").text for rest in ("", f"/{code}"))
    assert "ana-plan" not in desk + page
    assert cast.ana.name not in page
    word = page.split("/quizzes/files/")[1].split('"')[0]
    answer = client.get(f"/quizzes/files/{word}")
    assert (answer.data, answer.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "ana-plan" not in answer.headers["Content-Disposition"]
    with transaction():
        hand_grading.grade(actor(cast.tess), made.module.id, code, {"c1": "2", "c2": "1"}, "Well argued.", now=TUESDAY)
    assert entry_of(attempt).passed


def test_the_page_takes_a_file_without_the_script_and_says_what_is_wrong(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["oral", "single"])
    attempt, client = begin(cast.ana, made), sign_in(cast.ana)
    url = f"/quizzes/attempts/{attempt.id}/files/{made.questions['oral']}"
    wrong = client.post(url, data={"file": (io.BytesIO(PDF), "a.pdf")}, follow_redirects=True).text
    assert "no sound recording" in wrong
    right = client.post(url, data={"file": (io.BytesIO(SOUND), "a.webm")}, follow_redirects=True).text
    assert "<audio" in right
    assert client.get(f"/quizzes/attempts/{attempt.id}/files/{made.questions['single']}").status_code == 404


def test_the_protocol_over_http(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["oral"])
    attempt, client = begin(cast.ana, made), sign_in(cast.ana)
    begun = client.post(
        f"/quizzes/attempts/{attempt.id}/files/{made.questions['oral']}/begin", headers={"Upload-Length": str(len(SOUND))}
    )
    at = begun.headers["Location"]
    sent = client.patch(at, data=SOUND, headers={"Upload-Offset": "0"})
    assert (begun.status_code, sent.headers["Upload-Offset"]) == (201, str(len(SOUND)))
    assert client.get(at).headers["Upload-Offset"] == str(len(SOUND))
    assert client.post(f"{at}/finish", json={"name": "../../talk.webm"}).status_code == 200
    assert db.session.scalars(select(AnswerFile.name)).one() == "talk.webm"


def test_what_was_graded_goes_after_its_time_and_what_was_never_finished_after_a_day(cast: Cast) -> None:
    made: Made = make_quiz(cast, ["file"])
    attempt, asked = begin(cast.ana, made), made.questions["file"]
    file = given(cast.ana, attempt, asked)
    with transaction():
        left = answer_files.begin(actor(cast.ana), attempt.id, asked, 10, now=TUESDAY)
    hand_in(cast.ana, attempt)
    later = TUESDAY + timedelta(days=366)
    with transaction():
        assert answer_files.erase_overdue(SYSTEM, now=TUESDAY + timedelta(hours=23)) == 0
        assert answer_files.erase_overdue(SYSTEM, now=later) == 1, "an answer that waits for its grader is kept"
    assert (left.erased_at is None, file.erased_at) == (False, None)
    code = hand_grading.desk(actor(cast.tess), made.module.id).waiting[0].code
    with transaction():
        hand_grading.grade(actor(cast.tess), made.module.id, code, {"c1": "0", "c2": "0"}, "", now=later)
        assert answer_files.erase_overdue(SYSTEM, now=later) == 1
