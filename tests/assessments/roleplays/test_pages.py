"""The pages: who reaches them, what they show and hide, how many statements they cost; and the upload protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from assessments.roleplays import appeals, rating, uploads
from assessments.roleplays.models import Recording
from lms import pieces
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.roleplays.factory import GOOD, POOR, begin, make_scenario, rate, sent, task_of, webm
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
TWO = {"raters": {"manager": 1, "trainer": 1, "peer": 0, "doubled": 0, "anchors": 0}}
OFFSET = {"Content-Type": "application/offset+octet-stream"}


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, text: str, *_rest: object) -> None:
        seen.append(text)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def recording_of(play_id: int) -> Recording:
    return db.session.scalars(select(Recording).where(Recording.play_id == play_id)).one()


def test_a_recording_arrives_whole_though_the_connection_is_cut_three_times(cast: Cast, sign_in: SignIn) -> None:
    play, data = begin(cast.ana, make_scenario(cast), now=now()), webm(padding=50_000)
    client = sign_in(cast.ana)
    begun = client.post(f"/practice/uploads/plays/{play.id}", headers={"Upload-Length": str(len(data))})
    assert begun.status_code == 201
    url = begun.headers["Location"]
    for _cut in range(3):
        at = int(client.get(url).headers["Upload-Offset"])
        sent_ = client.patch(url, data=data[at : at + 12_000], headers=OFFSET | {"Upload-Offset": str(at)})
        assert sent_.headers["Upload-Offset"] == str(at + 12_000)
        lost = client.patch(url, data=data[at : at + 12_000], headers=OFFSET | {"Upload-Offset": str(at)})
        assert (lost.status_code, lost.headers["Upload-Offset"]) == (409, str(at + 12_000))
    at = int(client.get(url).headers["Upload-Offset"])
    client.patch(url, data=data[at:], headers=OFFSET | {"Upload-Offset": str(at)})
    assert client.post(f"{url}/finish", json={"type": "video/webm;codecs=vp8"}).status_code == 200
    recording = recording_of(play.id)
    assert uploads.read(recording, 0, recording.size) == data


def test_two_hundred_megabytes_cut_three_times_in_the_middle_of_a_piece_arrive_whole(cast: Cast, sign_in: SignIn) -> None:
    """What a cut leaves on the way is a piece that never arrives: the next one begins where the server says."""
    megabyte = 1024 * 1024
    size, piece = 200 * megabyte, bytes(range(256)) * (8 * megabyte // 256)
    head, client = webm(), sign_in(cast.ana)
    play = begin(cast.ana, make_scenario(cast), now=now())
    url = client.post(f"/practice/uploads/plays/{play.id}", headers={"Upload-Length": str(size)}).headers["Location"]
    at, cuts, whole = 0, {40 * megabyte, 104 * megabyte, 192 * megabyte}, hashlib.sha256()
    while at < size:
        data = piece if at else head + piece[len(head) :]
        if at in cuts:  # the client believes it has sent this piece; the server has never seen it
            lost = client.patch(url, data=data, headers=OFFSET | {"Upload-Offset": str(at + len(data))})
            assert (lost.status_code, lost.headers["Upload-Offset"]) == (409, str(at))
            assert int(client.get(url).headers["Upload-Offset"]) == at
        answer = client.patch(url, data=data, headers=OFFSET | {"Upload-Offset": str(at)})
        whole.update(data)
        at += len(data)
        assert answer.headers["Upload-Offset"] == str(at)
    assert client.post(f"{url}/finish", json={"type": "video/webm"}).status_code == 200
    recording = recording_of(play.id)
    assert (recording.size, recording.sha256) == (size, whole.hexdigest())
    client.delete(url)
    db.session.refresh(recording)
    assert recording.erased_at is not None, "and its bytes are gone again"


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\x1a\x45\xdf\xa3" + b"\0" * 900, "neither a video nor a sound recording"), (webm(track=2), "sound only")],
)
def test_a_lying_file_is_refused_in_words_and_nothing_of_it_is_kept(
    cast: Cast, sign_in: SignIn, data: bytes, words: str
) -> None:
    play, client = begin(cast.ana, make_scenario(cast), now=now()), sign_in(cast.ana)
    url = client.post(f"/practice/uploads/plays/{play.id}", headers={"Upload-Length": str(len(data))}).headers["Location"]
    client.patch(url, data=data, headers=OFFSET | {"Upload-Offset": "0"})
    refused = client.post(f"{url}/finish", json={"type": "video/webm"})
    assert refused.status_code == 409 and words in refused.json["sentence"]
    recording = recording_of(play.id)
    assert recording.erased_at is not None and not recording.pieces


def test_what_is_too_large_is_refused_before_anything_is_sent(cast: Cast, sign_in: SignIn) -> None:
    play = begin(cast.ana, make_scenario(cast), now=now())
    refused = sign_in(cast.ana).post(f"/practice/uploads/plays/{play.id}", headers={"Upload-Length": str(10**12)})
    assert refused.status_code == 413 and "larger than" in refused.json["sentence"]


def test_nobody_outside_the_circle_fetches_a_recording_even_with_the_address(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    recording = recording_of(play.id)
    tickets = {person.name: uploads.ticket(actor(person), recording) for person in (cast.ana, cast.cleo, cast.ben, cast.tess)}
    allowed = {"Ana", "Cleo"}
    for person in (cast.ana, cast.cleo, cast.ben, cast.dov, cast.tess, cast.hana, cast.ada):
        client = sign_in(person)
        for owner, ticket in tickets.items():
            status = client.get(f"/practice/watch/{ticket}").status_code
            assert status == (200 if owner == person.name and owner in allowed else 404), (person.name, owner)


def test_an_address_expires_and_a_forged_one_opens_nothing(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    ticket, client = uploads.ticket(actor(cast.ana), recording_of(play.id)), sign_in(cast.ana)
    assert client.get(f"/practice/watch/{ticket[:-2]}xx").status_code == 404
    monkeypatch.setattr(pieces, "OPEN_SECONDS", -1)
    assert client.get(f"/practice/watch/{ticket}").status_code == 404


def test_ranges_and_download(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    recording, data = recording_of(play.id), webm()
    client = sign_in(cast.ana)
    url = f"/practice/watch/{uploads.ticket(actor(cast.ana), recording)}"
    part = client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(data)}"
    assert client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert "attachment" in client.get(f"{url}?download=1").headers["Content-Disposition"]
    cleo = sign_in(cast.cleo)
    theirs = f"/practice/watch/{uploads.ticket(actor(cast.cleo), recording)}?download=1"
    assert "inline" in cleo.get(theirs).headers["Content-Disposition"]


def test_the_hidden_facts_are_not_in_the_players_page_before_the_result(cast: Cast, sign_in: SignIn) -> None:
    version = make_scenario(cast)
    play = begin(cast.ana, version, now=now())
    client = sign_in(cast.ana)
    for path in (f"/practice/scenarios/{version.scenario_id}", f"/practice/plays/{play.id}"):
        page = client.get(path).text
        assert "They measure by hand" in page and "needs seen 3" in page
        assert "Two recalls last year" not in page and "Wait after asking" not in page


def test_raters_see_the_hidden_facts_and_ana_sees_them_with_her_result(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    assert "Two recalls last year" in sign_in(cast.cleo).get(f"/practice/ratings/{task_of(play, cast.cleo).id}").text
    assert "Two recalls last year" not in sign_in(cast.ana).get(f"/practice/plays/{play.id}").text
    rate(cast.cleo, play, GOOD, now=now())
    page = sign_in(cast.ana).get(f"/practice/plays/{play.id}").text
    assert "Two recalls last year" in page and "She waited" in page and "92%" in page


def test_a_sheet_sent_by_the_script_twice_is_kept_once(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    client, task = sign_in(cast.cleo), task_of(play, cast.cleo)
    form = {f"c:{key}": value for key, value in GOOD.items()} | {"best": "a", "change": "b", "key": "phone-key-1"}
    for _again in range(2):
        said = client.post(f"/practice/ratings/{task.id}", data=form, headers={"Accept": "application/json"})
        assert said.json["saved"] is True
    assert len(rating.counting(play.id)) == 1


def test_a_sheet_with_a_gap_keeps_what_was_filled_in(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast), now=now())
    client, task = sign_in(cast.cleo), task_of(play, cast.cleo)
    page = client.post(f"/practice/ratings/{task.id}", data={"c:needs": "3", "best": "The pause", "change": "x", "key": "key-123456"})
    assert page.status_code == 409 and "Rate every criterion" in page.text and "The pause" in page.text


def test_dov_and_ben_reach_none_of_anas_pages(cast: Cast, sign_in: SignIn) -> None:
    play = sent(cast.ana, make_scenario(cast, **TWO), now=now())
    rate(cast.cleo, play, GOOD, now=now())
    paths = [f"/practice/plays/{play.id}", f"/practice/ratings/{task_of(play, cast.tess).id}"]
    for person in (cast.ben, cast.dov):
        client = sign_in(person)
        assert [client.get(path).status_code for path in paths] == [404, 404]


def test_pages_cost_at_most_twelve_statements_however_many_rows(cast: Cast, sign_in: SignIn) -> None:
    version = make_scenario(cast, **TWO)
    for person in (cast.ana, cast.ben, cast.ana, cast.ben):
        play = sent(person, version, now=now())
        rate(cast.cleo, play, GOOD, now=now())
        rate(cast.tess, play, GOOD, now=now())
    waiting = sent(cast.ana, version, now=now())
    objected = sent(cast.ben, version, now=now())
    rate(cast.cleo, objected, POOR, now=now())
    rate(cast.tess, objected, POOR, now=now())
    with transaction():
        appeals.object_to(actor(cast.ben), objected.id, "No", now=now())
    rubric = version.rubric_version_id
    visits = {
        cast.ana: ["/practice/", f"/practice/scenarios/{version.scenario_id}", f"/practice/plays/{waiting.id}"],
        cast.ben: [f"/practice/plays/{objected.id}"],
        cast.cleo: ["/practice/ratings/", f"/practice/ratings/{task_of(waiting, cast.cleo).id}", "/practice/team", f"/practice/ratings/observe/{version.scenario_id}"],
        cast.tess: [f"/practice/trust/{rubric}", "/practice/trust", "/authoring/roleplays/", f"/authoring/roleplays/scenarios/{version.scenario_id}"],
    }  # fmt: skip
    dear = {}
    for person, paths in visits.items():
        client = sign_in(person)
        for path in paths:
            db.session.expire_all()
            with statements() as seen:
                assert client.get(path).status_code == 200, path
            asked = [text for text in seen if not text.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"))]
            dear[path] = len(asked)
    assert max(dear.values()) <= 12, dear


def test_tess_writes_a_rubric_and_a_scenario_through_the_pages(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.tess)
    edit = client.post("/authoring/roleplays/rubrics", data={"title": "Phone"}).headers["Location"]
    form = {"title": "Opening", "kind": "levels", "weight": "2", "level_1": "mumbles", "level_2": "greets", "blocks_below": "0"}
    assert client.post(f"{edit}/criteria/new", data=form).status_code == 302
    assert "mumbles" not in client.get(edit).text and "Opening" in client.get(edit).text
    where = client.post("/authoring/roleplays/scenarios", data={"code": "RP-7", "title": "Cold call"}).headers["Location"]
    page = client.get(where).text
    assert "Before it can be published it needs" in page
    values = {
        "title": "Cold call", "company": "C", "person": "P", "position": "X", "goal": "G", "known": "K", "hidden": "H", "stage": "leads",
        "buying_role": "decider", "industry": "food", "difficulty": "1", "minutes": "5", "rubric": edit.rsplit("/", 1)[1], "recorded": "y",
        "media": "audio", "takes": "2", "retention_days": "30", "manager": "1", "trainer": "0", "peer": "0", "doubled": "20", "anchors": "0",
    }  # fmt: skip
    assert client.post(where, data=values).status_code == 302
    assert client.post(f"{where}/publish").status_code == 302
    assert "Cold call" in sign_in(cast.ana).get("/practice/").text
