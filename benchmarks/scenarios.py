"""What the clients do: one generator per errand, at the bare floor and at the product."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from benchmarks import floor
from benchmarks.company import Company, Visitor
from benchmarks.load import Answer, Ask, Client, Unexpected

Make = Callable[[int], Client]

ANSWERS = json.dumps({"answers": ["b", "c", "b", "a", "b", "d", "b", "b", "a", "b"]}).encode()
JSON = "application/json"


# The floor -----------------------------------------------------------------------------------------


def floor_page(n: int) -> Client:
    yield Ask(f"/page/{1 + n % floor.PEOPLE}/{1 + n % floor.COURSES}")


def _floor_submit(way: str) -> Make:
    def make(n: int) -> Client:
        yield Ask(f"/submit/{way}/{1 + n % floor.PEOPLE}", "POST", body=ANSWERS, content_type=JSON)

    return make


def floor_verify(_n: int) -> Client:
    yield Ask("/verify", "POST", body=json.dumps({"password": floor.PASSWORD}).encode(), content_type=JSON)


# The product ---------------------------------------------------------------------------------------


class Attempt(Struct):
    """An open attempt and whose it is."""

    visitor: Visitor
    id: int
    questions: list[int]
    options: list[list[str]]
    sequence: int = 1


class Product:
    """The errands of the company's reps; their attempts are kept between rounds."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.chance = random.Random(7)
        self.open: list[Attempt] = []
        self._answering: set[int] = set()
        self._turn = 0

    def visitor(self) -> Visitor:
        """The next rep in turn: nobody is in two errands at once as long as there are more reps than clients."""
        self._turn += 1
        return self.company.visitors[self._turn % len(self.company.visitors)]

    def course_page(self, n: int) -> Client:
        course = self.company.course_ids[n % len(self.company.course_ids)]
        yield Ask(f"/courses/{course}", cookies=self.visitor().cookies)

    def today(self, _n: int) -> Client:
        yield Ask("/", cookies=self.visitor().cookies)

    def sign_in(self, n: int) -> Client:
        cookies, token = self.company.anonymous
        email = f"b{1 + n % self.company.scale.people}@example.com"
        form = {"email": email, "password": floor.PASSWORD, "csrf_token": token}
        answer = yield Ask("/login", "POST", form=form, cookies=cookies, expect=(302,))
        if "login" in answer.headers.get("location", ""):
            raise Unexpected("sign-in was refused")

    def start(self, visitor: Visitor) -> Generator[Ask, Answer, Attempt]:
        """Start an attempt and read its page; gives the attempt."""
        here = f"/quizzes/{visitor.enrolment_id}/{visitor.quiz_module_id}/start"
        answer = yield _post(visitor, here, {}, "start")
        place = answer.headers["location"]
        page = yield Ask(place, cookies=visitor.cookies, name="attempt page", expect=(200,))
        text = page.text
        asked = re.findall(r'name="q(\d+)"[^>]*value="([^"]+)"', text)
        by_question: dict[int, list[str]] = {}
        for question, option in asked:
            by_question.setdefault(int(question), []).append(option)
        if len(by_question) != floor.QUESTIONS:
            raise Unexpected(f"{len(by_question)} questions on the page of an attempt")
        return Attempt(visitor, int(place.rstrip("/").split("/")[-1]), list(by_question), list(by_question.values()))

    def save(self, attempt: Attempt, at: int) -> Ask:
        attempt.sequence += 1
        body = {
            "question": attempt.questions[at],
            "sequence": attempt.sequence,
            "answer": [self.chance.choice(attempt.options[at])],
            "given_at": datetime.now(UTC).isoformat(),
        }
        return Ask(
            f"/quizzes/attempts/{attempt.id}/answers",
            "POST",
            body=json.dumps(body).encode(),
            content_type=JSON,
            cookies=attempt.visitor.cookies,
            headers={"X-CSRFToken": attempt.visitor.token},
            name="autosave",
            expect=(200,),
        )

    def open_attempts(self, _n: int) -> Client:
        """Not measured: gives the next rep who has none an attempt with every question answered."""
        busy = self._answering | {each.visitor.person_id for each in self.open}
        visitor = next(each for each in (self.visitor() for _ in self.company.visitors) if each.person_id not in busy)
        self._answering.add(visitor.person_id)
        attempt = yield from self.start(visitor)
        for at in range(len(attempt.questions)):
            yield self.save(attempt, at)
        self.open.append(attempt)
        self._answering.discard(visitor.person_id)

    def autosave(self, n: int) -> Client:
        """One answer of an attempt in which no other answer is under way: a person gives one after the other."""
        attempt = self.open.pop(0)
        yield self.save(attempt, n % len(attempt.questions))
        self.open.append(attempt)

    def submit(self, n: int) -> Client:
        """Hand in one of the open attempts; each is handed in once."""
        attempt = self.open.pop()
        yield _post(attempt.visitor, f"/quizzes/attempts/{attempt.id}/submit", {}, "submit")

    def attempt(self, _n: int) -> Client:
        """Start, page, its ten answers kept at once, hand in, result: five requests."""
        visitor = self.visitor()
        attempt = yield from self.start(visitor)
        picked = zip(attempt.questions, attempt.options, strict=True)
        answers = {f"q{question}": self.chance.choice(options) for question, options in picked}
        form = {"asked": ",".join(map(str, attempt.questions)), "held": "0", "unsent": "all", "go": "check"}
        yield _post(visitor, f"/quizzes/attempts/{attempt.id}", form | answers, "save")
        yield from self.hand_in(attempt)

    def attempt_each(self, _n: int) -> Client:
        """The same by somebody who takes time: each of the ten answers is saved as it is given. Fourteen requests."""
        attempt = yield from self.start(self.visitor())
        for at in range(len(attempt.questions)):
            yield self.save(attempt, at)
        yield from self.hand_in(attempt)

    def hand_in(self, attempt: Attempt) -> Client:
        answer = yield _post(attempt.visitor, f"/quizzes/attempts/{attempt.id}/submit", {}, "submit")
        yield Ask(answer.headers["location"], cookies=attempt.visitor.cookies, name="result", expect=(200,))


def _post(visitor: Visitor, path: str, form: dict[str, Any], name: str) -> Ask:
    return Ask(
        path, "POST", form={"csrf_token": visitor.token, **form}, cookies=visitor.cookies, name=name, expect=(302,)
    )


FLOOR: dict[str, Make] = {
    "floor_page": floor_page,
    "floor_submit_orm": _floor_submit("orm"),
    "floor_submit_core": _floor_submit("core"),
    "floor_argon2": floor_verify,
}
PRODUCT = ("course_page", "today", "autosave", "submit", "attempt", "attempt_each", "sign_in", "storm")
BESIDE = {
    "course_page": "floor_page",
    "today": "floor_page",
    "autosave": "floor_submit_core",
    "submit": "floor_submit_core",
    "attempt": "floor_page",
    "attempt_each": "floor_page",
    "sign_in": "floor_argon2",
    "storm": "today",
}
"""What each errand is divided by: its floor, or the same page on a calm day."""
