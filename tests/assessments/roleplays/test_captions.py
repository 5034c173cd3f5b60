"""Captions: what is read of a file, who may write them, and that they go where the recording goes."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from assessments.roleplays import captions, services, uploads, webvtt
from assessments.roleplays.models import Play, RecordingCaption
from assessments.roleplays.webvtt import Cue, NotCaptions
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.roleplays.factory import make_scenario, sent
from tests.assessments.roleplays.test_pages import TWO, recording_of
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
FILE = """WEBVTT - a talk
Language: en

STYLE
::cue { background: url(https://elsewhere.example/x) }

NOTE
not shown

1
00:01.000 --> 00:04.500 line:0 position:20%
<v Ana><b>Good</b> morning &amp; welcome</v>

00:00:05.000 --> 01:00:07.250
What does it cost?
And since when?
"""
CUES = (Cue(1.0, 4.5, "Ana: Good morning & welcome"), Cue(5.0, 3607.25, "What does it cost?\nAnd since when?"))


def test_a_file_is_read_without_styles_notes_places_and_mark_up() -> None:
    assert webvtt.read(FILE) == CUES
    assert webvtt.read("\ufeff" + FILE.replace("\n", "\r\n")) == CUES
    assert "elsewhere" not in webvtt.write(CUES) and "<" not in webvtt.write(CUES)


LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"))
WORDS = st.text(LETTERS, min_size=1, max_size=40).filter(lambda words: words.strip() == words and "\x85" not in words)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 9999), WORDS), min_size=1, max_size=8))
def test_what_is_written_is_read_as_it_was(rows: list[tuple[int, int, str]]) -> None:
    cues = tuple(Cue(start / 1000, (start + long) / 1000, words) for start, long, words in sorted(rows))
    assert webvtt.read(webvtt.write(cues)) == cues


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "captions_head", 1),
        ("1\n00:00:01,000 --> 00:00:02,000\nan SRT file", "captions_head", 1),
        ("WEBVTTish\n", "captions_head", 1),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\nx", "captions_time", 3),
        ("WEBVTT\n\n00:01,000 --> 00:02,000\nx", "captions_time", 3),
        ("WEBVTT\n\n00:99.000 --> 01:02.000\nx", "captions_time", 3),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nx", "captions_order", 3),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nx\n\n00:01.000 --> 00:02.000\ny", "captions_order", 6),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "x" * 1001, "captions_long", 3),
        ("WEBVTT\n\nNOTE nothing", "captions_none", 3),
    ],
)
def test_what_is_no_webvtt_is_refused_with_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(NotCaptions) as wrong:
        webvtt.read(text)
    assert (wrong.value.code, wrong.value.line) == (code, line)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_and_none_brings_mark_up_along(text: str) -> None:
    try:
        written = webvtt.write(webvtt.read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + text))
    except NotCaptions:
        return
    assert "<" not in written


def captioned(cast: Cast) -> tuple[Play, int]:
    play = sent(cast.ana, make_scenario(cast, **TWO), now=now())
    recording = recording_of(play.id)
    with transaction():
        captions.save(actor(cast.ana), recording.id, "en", FILE.encode(), now=now())
    return play, recording.id


def test_ana_and_the_trainer_who_rates_write_captions_and_nobody_else(cast: Cast, sign_in: SignIn) -> None:
    play, recording_id = captioned(cast)
    url = f"/practice/recordings/{recording_id}/captions?language=en"
    for person, status in ((cast.ana, 200), (cast.tess, 200), (cast.cleo, 403), (cast.ben, 404), (cast.dov, 404)):
        client = sign_in(person)
        assert client.get(url).status_code == status, person.name
        file = {"file": (io.BytesIO(FILE.encode()), "talk.vtt")}
        changed = client.post(url, data=file, content_type="multipart/form-data")
        assert changed.status_code == (302 if status == 200 else status), person.name
    assert db.session.scalar(select(func.count(RecordingCaption.id))) == 3, "each change is added"


def test_the_track_is_opened_by_the_viewers_own_word_for_the_recording_and_by_no_other(cast: Cast, sign_in: SignIn) -> None:
    play, recording_id = captioned(cast)
    word = uploads.ticket(actor(cast.cleo), recording_of(play.id))
    track = sign_in(cast.cleo).get(f"/practice/watch/{word}/captions/en.vtt")
    assert track.status_code == 200 and track.mimetype == "text/vtt" and "welcome" in track.text
    assert track.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in track.headers["Cache-Control"]
    assert sign_in(cast.cleo).get(f"/practice/watch/{word}/captions/zh_Hans.vtt").status_code == 404
    for person in (cast.ana, cast.ben, cast.dov):
        assert sign_in(person).get(f"/practice/watch/{word}/captions/en.vtt").status_code == 404
    page = sign_in(cast.ana).get(f"/practice/plays/{play.id}").text
    assert '<track kind="captions"' in page and 'srclang="en"' in page and "What does it cost?" in page


def test_a_wrong_file_is_refused_in_words_and_what_was_typed_stays(cast: Cast, sign_in: SignIn) -> None:
    play, recording_id = captioned(cast)
    url = f"/practice/recordings/{recording_id}/captions?language=en"
    wrong = sign_in(cast.ana).post(url, data={"text": "WEBVTT\n\n00:01 --> 2\nMy words"})
    assert wrong.status_code == 409 and "Line 3" in wrong.text and "My words" in wrong.text
    latin = {"file": (io.BytesIO("WEBVTT\n\n00:01.000 --> 00:02.000\nné".encode("latin-1")), "talk.vtt")}
    assert "UTF-8" in sign_in(cast.ana).post(url, data=latin, content_type="multipart/form-data").text
    assert sign_in(cast.ana).post(url, data={"text": " "}).status_code == 302
    assert captions.tracks([recording_of(play.id)]) == {}


def test_captions_go_with_the_recording(cast: Cast) -> None:
    play, recording_id = captioned(cast)
    with transaction():
        services.end_consent(actor(cast.ana), play.id, now=now())
    assert db.session.scalar(select(RecordingCaption.id).where(RecordingCaption.recording_id == recording_id)) is None
