"""From a file of questions to certificates: imported after a mistake is mended, asked of thirty, a wrong key found and mended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from assessments.quizzes import bank, services
from courses import authoring
from courses import services as courses
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.models import PARTS, Area, Certificate, Chosen, Completion, Enrolment
from lms.authz import SYSTEM, Role
from lms.clock import now
from lms.db import db
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person, make_team

LONG = 90_000
"""Milliseconds for work in the background on a busy machine."""
TAKERS, SURE = 30, 10
"""How many take the quiz, the rep at the browser among them; how many of the others know everything."""
RIGHT, KEYED, OTHER = range(3)
"""Of the question with the wrong key: what is right, what the file says is right, and what nobody takes for it."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What is asked; each question with its right answer first. The key of the third is wrong in the file."""

    locale: str
    rep: str
    course: str
    quiz: str
    drawn: str
    questions: tuple[tuple[str, tuple[str, str, str]], ...]

    @property
    def code(self) -> str:
        return self.locale[:2]


ENGLISH = Speech(
    "en", "Quill", "Collecting on time", "What stays of collecting", "Also from the bank",
    (
        ("When does collecting begin?", ("Before the contract is signed", "When the invoice is overdue", "At the end of the year")),
        ("Who speaks first about an overdue invoice?", ("The account manager", "The lawyer", "Nobody")),
        ("What comes before a payment plan?", ("The reason why it was not paid", "A new order", "A discount")),
        ("What is agreed with a customer who pays late again?", ("A limit and a date", "A longer term", "Silence")),
        ("Which figure is the collection rate?", ("Money received over money due", "Orders over offers", "Sales over costs")),
        ("Where does a promise to pay belong?", ("In writing, with its date", "In the head of the rep", "Nowhere")),
    ),
)  # fmt: skip
CHINESE = Speech(
    "zh_Hans", "秦晓", "按时回款", "回款课后测验", "同样出自题库",
    (
        ("回款工作从什么时候开始？", ("签合同之前", "发票逾期之后", "年底")),
        ("发票逾期后，谁先与客户沟通？", ("客户经理", "律师", "不必沟通")),
        ("商定分期付款之前先弄清什么？", ("没有付款的原因", "有没有新订单", "能给多少折扣")),
        ("客户再次拖欠时约定什么？", ("额度与日期", "更长的账期", "什么都不约定")),
        ("哪个数字是回款率？", ("已回款除以应回款", "订单除以报价", "销售额除以成本")),
        ("付款承诺应记在哪里？", ("写成书面并注明日期", "记在脑子里", "不必记")),
    ),
)  # fmt: skip


def gift(said: Speech, *, mistake: bool) -> bytes:
    """The questions in GIFT, the third with the wrong key; with ``mistake`` the fourth lacks its closing brace."""
    pieces = []
    for at, (stem, options) in enumerate(said.questions):
        keyed = KEYED if at == 2 else RIGHT
        lines = "".join(f"\t{'=' if n == keyed else '~'}{text}\n" for n, text in enumerate(options))
        pieces.append(f"{stem} {{\n{lines}" + ("" if mistake and at == 3 else "}"))
    return ("\n\n".join(pieces) + "\n").encode()


LINE_OF_THE_MISTAKE = 3 * 6 + 1


@pytest.mark.parametrize("said", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_a_wrong_key_is_found_among_thirty_takers_and_mended_and_certificates_follow(
    enter: Enter, house: House, needle: Needle, said: Speech
) -> None:
    desk = _Desk(enter, needle, said)
    desk.exists()
    desk.trainer_imports_the_bank()
    desk.trainer_builds_the_quiz_from_the_bank()
    desk.trainer_publishes()
    rep = desk.rep_knows_everything_and_fails()
    desk.colleagues_take_it()
    desk.trainer_mends_the_key()
    desk.certificates_follow(rep)


class _Desk:
    def __init__(self, enter: Enter, needle: Needle, said: Speech) -> None:
        self.enter, self.needle, self.said = enter, needle, said
        self.trainer = enter(locale=said.locale)
        self.words = self.trainer.words
        self.course = self.module = 0
        self.people: list[int] = []

    def exists(self) -> None:
        """A team with thirty reps, a trainer and HR, and the draft of a course whose only module is an empty quiz."""
        said, code = self.said, self.said.code
        with self.needle.scene():
            team = make_team(f"collect-{code}", said.course)
            for role in (Role.TRAINER, Role.HR):
                give_password(make_person(f"{role.value}-q-{code}", team, role, locale=said.locale))
            reps = [make_person(f"{said.rep} {n}" if n else said.rep, team, Role.REP, number=f"q-{code}-{n:02d}", locale=said.locale)
                    for n in range(TAKERS)]  # fmt: skip
            give_password(reps[0])
            self.people = [each.id for each in reps]
            who, moment = load_actor(db.session.scalars(select(Person).where(Person.number == f"trainer-q-{code}")).one()), now()
            course = authoring.create(who, f"COL-{code.upper()}", {said.locale: said.course}, Area.SKILLS, now=moment)
            authoring.edit_parts(who, course.id, said.locale, dict.fromkeys(PARTS, said.course), area=Area.SKILLS, competencies=[], now=moment)
            module = authoring.add_module(who, course.id, "quiz", {said.locale: said.quiz}, now=moment)
            authoring.set_rule(who, course.id, {module.id: ModuleRule(True, Need.PASSED, None)}, at_least=None, valid_months=None, now=moment)
            self.course, self.module = course.id, module.id

    # The bank --------------------------------------------------------------------------------------

    def trainer_imports_the_bank(self) -> None:
        tess = self.trainer
        tess.sign_in(f"trainer-q-{self.said.code}")
        tess.go(f"/authoring/quizzes/{self.module}")
        tess.link("Questions from a file").click()
        self._look_at(gift(self.said, mistake=True))
        notes = tess.page.get_by_role("table", name=self.words("What does not come along as it is"))
        expect(notes.get_by_role("row")).to_have_count(2)
        expect(notes.get_by_role("row").nth(1)).to_contain_text(f"{LINE_OF_THE_MISTAKE}")
        expect(notes.get_by_role("row").nth(1)).to_contain_text(self.words("A question has one pair of braces around its answers."))
        tess.check()
        self._look_at(gift(self.said, mistake=False))
        expect(notes).to_have_count(0)
        listed = tess.page.get_by_role("table", name=self.words("Questions"), exact=True)
        expect(listed.get_by_role("row")).to_have_count(1 + len(self.said.questions))
        tess.check()
        tess.page.locator("form[action$='/import/accept'] button").click()
        expect(tess.page.locator(".sortable > li")).to_have_count(len(self.said.questions))

    def _look_at(self, content: bytes) -> None:
        tess = self.trainer
        tess.field("File").set_input_files([{"name": "bank.gift", "mimeType": "text/plain", "buffer": content}])
        tess.button("Look at it").click()
        expect(tess.page.locator("#preview")).to_be_visible()

    def trainer_builds_the_quiz_from_the_bank(self) -> None:
        """Four questions by choice; the last two only stay in the bank, and a section draws both."""
        tess = self.trainer
        for stem, _options in self.said.questions[4:]:
            tess.button("Take “%(title)s” out", title=stem).click()
        expect(tess.page.locator(".sortable > li")).to_have_count(4)
        tess.link("Add a section").click()
        tess.field("Title").fill(self.said.drawn)
        tess.field("Questions drawn for each attempt").fill("2")
        tess.button("Save").click()
        expect(tess.page.get_by_role("link", name=self.said.drawn)).to_be_visible()
        tess.page.locator("#pass_mark").fill("90")
        tess.button("Save").click()
        tess.sees("Saved. Attempts already begun keep the rules they began with.")
        tess.link("All questions of this course").click()
        listed = tess.page.get_by_role("table", name=self.words("Questions"), exact=True)
        expect(listed.get_by_role("row")).to_have_count(1 + len(self.said.questions))
        expect(listed.get_by_text(self.words("%(where)s (drawn)", where="").strip()).first).to_be_visible()
        tess.check()

    def trainer_publishes(self) -> None:
        tess = self.trainer
        tess.go(f"/authoring/{self.course}/check")
        tess.button("Publish version %(number)s", number=1).click()
        expect(tess.link("Published page")).to_be_visible()
        with self.needle.scene():
            courses.assign(SYSTEM, self.course, self.people, chosen=Chosen.EVERYONE, reason="all", due_on=None, now=now())

    # The takers ------------------------------------------------------------------------------------

    def rep_knows_everything_and_fails(self) -> Visitor:
        rep = self.enter(locale=self.said.locale, phone=True)
        rep.sign_in(f"q-{self.said.code}-00")
        rep.go("/learning")
        rep.page.get_by_role("link", name=self.said.course).first.click()
        rep.page.get_by_role("button", name=re.compile(re.escape(self.said.quiz))).first.click()
        rep.button("Begin the quiz").click()
        for _stem, options in self.said.questions:
            rep.page.get_by_label(options[RIGHT], exact=True).check()
        rep.sees("All answers saved")
        rep.button("Check and hand in").click()
        rep.sees("Every question is answered.")
        rep.button("Hand in").click()
        heading = rep.page.get_by_role("heading", level=1)
        expect(heading).to_contain_text("83")
        rep.check()
        return rep

    def colleagues_take_it(self) -> None:
        """As the service keeps it from any browser: those who are sure know everything; the next believes what the key
        says and is right elsewhere; the rest believe it, too, and know a part of what is left."""
        with self.needle.scene():
            begun = now() - timedelta(minutes=30)
            enrolments = dict(db.session.execute(select(Enrolment.person_id, Enrolment.id).where(Enrolment.course_id == self.course)).all())
            for n, person in enumerate(self.people[1:]):
                known = len(self.said.questions) if n <= SURE else n % 4
                self._takes(db.session.get_one(Person, person), enrolments[person], known, keyed=n >= SURE, begun=begun)

    def _takes(self, person: Person, enrolment: int, known: int, *, keyed: bool, begun: datetime) -> None:
        who = load_actor(person)
        attempt = services.start(who, enrolment, self.module, now=begun)
        asked = [item["question"] for item in attempt.frozen["items"]]
        texts = bank.latest_versions(asked)
        stems = [stem for stem, _options in self.said.questions]
        for at, question in enumerate(asked, 1):
            place = stems.index(texts[question].stem[self.said.locale])
            choice = (KEYED if keyed else RIGHT) if place == 2 else RIGHT if place < known else OTHER
            answer = texts[question].options[choice]["id"]
            moment = begun + timedelta(seconds=40 * at + person.id % 7)
            services.save_answer(who, attempt.id, question, answer, at, moment, now=moment)
        services.submit(who, attempt.id, now=begun + timedelta(minutes=6))

    # The key ---------------------------------------------------------------------------------------

    def trainer_mends_the_key(self) -> None:
        tess, said = self.trainer, self.said
        stem, options = said.questions[2]
        tess.go(f"/authoring/quizzes/{self.module}/analysis")
        row = self._row(stem)
        expect(row).to_contain_text(self.words("The key is probably wrong: those who know more get it wrong more often. Check which answer is right."))
        expect(tess.page.get_by_text(self.words("key?"), exact=True)).to_have_count(1)
        tess.check()
        row.get_by_role("link", name=self.words("Mend the key")).click()
        expect(tess.page.get_by_label(options[KEYED], exact=True)).to_be_checked()
        tess.page.get_by_label(options[RIGHT], exact=True).check()
        tess.button("Show who would change").click()
        preview = tess.page.locator("#preview")
        expect(preview.get_by_text(self.words("becomes passed"), exact=True)).to_have_count(1 + SURE)
        expect(preview.get_by_text(self.words("becomes not passed"), exact=True)).to_have_count(1)
        tess.check()
        assert self._passed() == {self.people[1 + SURE]}, "nothing has changed before it is done"
        tess.button("Mend the key and grade again").click()
        expect(tess.page.get_by_role("link", name=self.words("To the result")).or_(tess.page.locator("table"))).to_be_visible(timeout=LONG)
        tess.go(f"/authoring/quizzes/{self.module}/results")
        assert self._passed() == {*self.people[: 1 + SURE]}

    def _row(self, stem: str) -> Locator:
        return self.trainer.page.get_by_role("row").filter(has=self.trainer.page.get_by_role("rowheader", name=stem)).first

    def _passed(self) -> set[int]:
        """Those who hold a certificate in force."""
        with self.needle.scene():
            rows = db.session.scalars(
                select(Enrolment.person_id)
                .join(Completion, Completion.enrolment_id == Enrolment.id)
                .join(Certificate, Certificate.completion_id == Completion.id)
                .where(Enrolment.course_id == self.course, Certificate.revoked_at.is_(None))
            )
            return set(rows)

    def certificates_follow(self, rep: Visitor) -> None:
        rep.go("/learning")
        rep.page.get_by_role("link", name=self.said.course).first.click()
        expect(rep.link("Download the certificate")).to_be_visible()
        rep.check()
        hr = self.enter(locale=self.said.locale)
        hr.sign_in(f"hr-q-{self.said.code}")
        hr.go(f"/certificates?course_id={self.course}")
        expect(hr.page.get_by_role("link", name=self.said.rep, exact=True).or_(hr.page.get_by_text(self.said.rep, exact=True)).first).to_be_visible()
        hr.check()
