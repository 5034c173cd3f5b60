"""The catalogue: Tess keeps it, Ana reads it, a word means one competency, and a job profile asks for levels."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import event, select

from courses.competencies import profiles, queries, seeds, services
from courses.competencies.models import Competency, JobProfile, Requirement
from courses.competencies.services import Said
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Forbidden, Refused
from lms.imports import services as imports
from lms.people.scope import load_actor
from tests.people import make_team


@pytest.fixture
def tess(cast):
    return load_actor(cast.tess)


@pytest.fixture
def seeded(tess):
    with transaction():
        return services.seed(tess, now=now())


def make(tess, code="NEEDS", en="Needs analysis", *aliases):
    with transaction():
        return services.create(tess, code, Said({"en": en}, aliases=aliases), now=now())


def test_the_seeds_answer_to_their_own_words_and_come_once(tess):
    assert len(services.seed(tess, now=now())) == len(seeds.SEEDS)
    assert services.seed(tess, now=now()) == []
    words = queries.catalogue()
    for word in ("Needs analysis", "客户拜访", "价格谈判", "Account team", "談判技巧"):
        assert words.resolve(word) is not None
    assert all(set(row.anchors) == {"1", "2", "3", "4"} for row in queries.competencies(tess))


def test_a_word_means_one_competency_only(tess):
    make(tess, "NEEDS", "Needs analysis", "Discovery")
    with pytest.raises(Refused) as refused:
        make(tess, "OTHER", "DISCOVERY")
    assert (refused.value.code, refused.value.params["competency"]) == ("competency_word_taken", "NEEDS")


def test_an_alias_that_is_taken_away_is_free_again(tess):
    needs = make(tess, "NEEDS", "Needs analysis", "Discovery")
    with transaction():
        services.edit(tess, needs.id, Said({"en": "Needs analysis"}), now=now())
    assert queries.catalogue().resolve("discovery") is None
    assert queries.catalogue().resolve(" NEEDS analysis") == needs.id
    other = make(tess, "DISC", "Discovery")
    assert queries.catalogue().resolve("discovery") == other.id


def test_ana_reads_the_catalogue_and_cannot_write_it(cast, sign_in, tess):
    needs = make(tess)
    with pytest.raises(Forbidden):
        services.create(load_actor(cast.ana), "X", Said({"en": "X"}), now=now())
    client = sign_in(cast.ana)
    assert client.get(f"/competencies/{needs.id}").status_code == 200
    assert b"Needs analysis" in client.get("/competencies").data
    for path in ("/competencies/new", f"/competencies/{needs.id}/edit", "/job-profiles"):
        assert client.get(path).status_code == 403
    assert client.post(f"/competencies/{needs.id}/retire").status_code == 403


def test_tess_writes_a_competency_on_its_page(cast, sign_in):
    client = sign_in(cast.tess)
    typed = {"code": "NEGO", "name_en": "Negotiation", "name_zh": "商务谈判", "aliases": "价格谈判\nPrice negotiation", "anchor_1_en": "Gives way.", "stage": "agreement"}
    assert client.post("/competencies/new", data=typed).status_code == 302
    row = db.session.scalars(select(Competency)).one()
    assert row.name == {"en": "Negotiation", "zh_Hans": "商务谈判", "zh_Hant": "商務談判"}
    assert queries.catalogue().resolve("price negotiation") == row.id
    page = client.get(f"/competencies/{row.id}/edit").text
    assert "价格谈判" in page and "Gives way." in page
    taken = client.post("/competencies/new", data={"code": "nego", "name_en": "Another", "stage": ""})
    assert taken.status_code == 200 and "already" in taken.text


def test_a_word_in_use_is_adopted_or_becomes_an_alias(cast, sign_in, tess):
    needs = make(tess)
    client = sign_in(cast.tess)
    client.post("/competencies/words", data={"word": "Discovery", "into": needs.id})
    client.post("/competencies/words", data={"word": "价格谈判", "code": "NEGO"})
    words = queries.catalogue()
    assert words.resolve("discovery") == needs.id
    assert words.resolve("價格談判") == db.session.scalar(select(Competency.id).where(Competency.code == "NEGO"))


def test_a_level_that_a_job_asks_for_is_superseded_and_not_overwritten(tess):
    needs = make(tess)
    profile = profiles.create(tess, "REP", {"en": "Rep"}, now=now())
    assert profile.is_default
    assert profiles.require_levels(tess, profile.id, {needs.id: 2}, now=now()) == 1
    assert profiles.require_levels(tess, profile.id, {needs.id: 2}, now=now()) == 0
    profiles.require_levels(tess, profile.id, {needs.id: 3}, now=now())
    assert queries.required_levels() == {profile.id: {needs.id: 3}}
    assert sorted(db.session.scalars(select(Requirement.level))) == [2, 3]
    services.retire(tess, needs.id, now=now())
    assert queries.required_levels() == {}


def test_a_persons_own_profile_counts_before_that_of_the_nearest_team(cast, tess):
    inner = make_team("inner", "Inner", cast.east)
    for code in ("ALL", "EAST", "INNER", "OWN"):
        profiles.create(tess, code, {"en": code}, now=now())
    ids = dict(db.session.execute(select(JobProfile.code, JobProfile.id)).all())
    profiles.give_to_team(tess, ids["EAST"], cast.east.id, now=now())
    profiles.give_to_team(tess, ids["INNER"], inner.id, now=now())
    profiles.give_to_people(tess, ids["OWN"], [cast.ben.number], now=now())
    found = queries.profiles_of({cast.ana.id: cast.east.path, cast.ben.id: cast.east.path, cast.dov.id: cast.west.path, -1: inner.path, -2: None})
    assert found == {cast.ana.id: ids["EAST"], cast.ben.id: ids["OWN"], cast.dov.id: ids["ALL"], -1: ids["INNER"], -2: ids["ALL"]}
    with pytest.raises(Refused):
        profiles.give_to_people(tess, ids["OWN"], ["nobody"], now=now())
    with pytest.raises(Refused, match="nobody_chosen"):
        profiles.give_to_people(tess, ids["OWN"], [], now=now())


def test_what_is_exported_can_be_imported_again_and_undone(cast, sign_in, tess, seeded):
    client = sign_in(cast.hana)
    file = client.get("/competencies/export.csv").data
    changed = file.replace(b"Needs analysis", b"Finding out") + b"NEW,Brand new,,,,,visit,,,,,,,,,\nODD,,,,,,,,,,,,,,,\nTWO,Zeal,,,,,Discovery,,,,,,,,,\n"
    with transaction():
        batch = imports.upload(load_actor(cast.hana), "competency", io.BytesIO(changed), "c.csv", now=now())
    with transaction():
        imports.order_preview(load_actor(cast.hana), batch.id)
    db.session.refresh(batch)
    assert (batch.new, batch.changed, batch.unchanged, batch.rejected) == (1, 1, len(seeds.SEEDS) - 1, 2)
    assert "Brand new" in client.get(f"/imports/{batch.id}?show=new").text
    assert client.post(f"/imports/{batch.id}/accept", data={"leave_out_rejected": "y"}).status_code == 302
    codes = {row.code: row for row in queries.competencies(tess)}
    assert codes["NEW"].name["en"] == "Brand new"
    assert queries.catalogue().resolve("VISIT") == codes["NEW"].id
    assert codes["KA-NEEDS"].name["en"] == "Finding out"
    assert codes["KA-VISIT"].anchors["4"]["en"].startswith("Uses visits")
    client.post(f"/imports/{batch.id}/undo")
    after = {row.code: row for row in queries.competencies(tess)}
    assert after["KA-NEEDS"].name["en"] == "Needs analysis" and "NEW" not in after


def test_the_catalogue_page_asks_few_questions(cast, sign_in, seeded):
    client = sign_in(cast.tess)
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get("/competencies").status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert 0 < len(asked) <= 12, asked


def test_what_a_course_trains_is_named_as_the_catalogue_names_it_and_a_strange_word_stands_as_it_is(seeded):
    named = queries.meant_by(["需求挖掘", "Needs analysis", "juggling"])
    assert [item.name if item.id is None else item.name["en"] for item in named] == ["Needs analysis", "juggling"]
    assert queries.meant_by([]) == []
