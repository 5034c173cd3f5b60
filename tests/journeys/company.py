"""The sales company of the main journey, as files that a customer would have: people, completions, KPI records.

Its results are drawn by the simulator of the effect engine: reps trained in planned waves, with a true effect.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

import numpy as np

from effects.stats.panel import NEVER
from effects.stats.simulate import Company, Selection, Settings
from effects.stats.simulate import company as simulated

SETTINGS = Settings(reps=80, teams=10, months=22, effect=0.10)
LEVEL = 200_000.0
"""Yuan per rep and month where the simulated log KPI is zero."""
FAMILY, GIVEN = "陈林黄周吴徐孙马朱胡", ("静", "建国", "晓雯", "立新", "雨桐", "子涵", "海燕", "志强")


@dataclass(frozen=True, slots=True)
class Speech:
    """What the company calls things, by the language of the journey."""

    locale: str
    code: str
    rep: str
    latin: str
    team: str
    course: str
    module: tuple[str, str]
    kpi: str
    people: tuple[str, ...]
    completions: tuple[str, ...]
    records: tuple[str, ...]
    waves: str
    encoding: str

    @property
    def number(self) -> str:
        """Of the rep whom the journey follows."""
        return f"{self.code}001"


ENGLISH = Speech(
    "en", "E", "Maya Lindström", "", "North", "Key-account discovery", ("Ask before you offer", "What stayed?"),
    "New-market sales",
    ("Person number", "Name", "E-mail", "Team", "Role", "Hired on", "Language"),
    ("Person number", "Course code", "Started on", "Completed on", "How chosen", "Reason"),
    ("Person number", "KPI", "Month", "Value"), "waves", "utf-8",
)  # fmt: skip
CHINESE = Speech(
    "zh_Hans", "Z", "王𠮷敏", "Wang Jimin", "华北", "大客户需求挖掘", ("先问再谈方案", "学到了什么？"), "销售额",
    ("工号", "姓名", "邮箱", "部门", "岗位", "入职日期", "语言"),
    ("工号", "课程编号", "开始日期", "完成日期", "选派方式", "选派原因"), ("工号", "指标", "月份", "数值"), "分批", "gb18030",
)  # fmt: skip


def month(index: int) -> date:
    return date(2024 + index // 12, index % 12 + 1, 1)


class Files:
    """The files of one company; reps are numbered from ``E001`` or ``Z001`` on, the first of them is the journey's."""

    def __init__(self, speech: Speech, *, seed: int = 4) -> None:
        self.speech = speech
        self.drawn: Company = simulated(seed, Selection.RANDOM, settings=SETTINGS)
        untrained = np.flatnonzero(self.drawn.panel.start == NEVER)
        order = [int(untrained[0]), *(i for i in range(SETTINGS.reps) if i != untrained[0])]
        self.numbers = {i: f"{speech.code}{at:03d}" for at, i in enumerate(order, 1)}

    def people(self) -> bytes:
        said = self.speech
        rows = [
            [number, self._name(at), f"{number.lower()}@reps.example.com", f"{said.team}/{self._team(i)}", "rep",
             "2023-02-01", said.locale]
            for at, (i, number) in enumerate(self.numbers.items())
        ]  # fmt: skip
        return _csv([said.people, *rows], "utf-8-sig")

    def _name(self, at: int) -> str:
        if at == 0:
            return self.speech.rep
        if self.speech.locale == "en":
            return f"Rep {self.speech.code}{at + 1:03d}"
        return FAMILY[at % len(FAMILY)] + GIVEN[at // len(FAMILY)]

    def _team(self, i: int) -> str:
        number = int(self.drawn.panel.cluster[i]) + 1
        return f"{self.speech.team} {number}" if self.speech.locale == "en" else f"{self.speech.team}{number}组"

    def completions(self, course: str) -> bytes:
        starts = self.drawn.panel.start
        rows = [
            [number, course, str(month(int(starts[i])).replace(day=4)), str(month(int(starts[i])).replace(day=26)),
             self.speech.waves, "rollout plan"]
            for i, number in self.numbers.items()
            if starts[i] < NEVER
        ]  # fmt: skip
        return _csv([self.speech.completions, *rows], "utf-8-sig")

    def records(self, *, mistake: bool = False) -> bytes:
        """One row per rep and month; with ``mistake`` the last one names a rep nobody knows."""
        outcome = self.drawn.panel.outcome
        rows = [
            [number, self.speech.kpi, f"{month(t):%Y-%m}", f"{LEVEL * float(np.exp(outcome[i, t])):.2f}"]
            for i, number in self.numbers.items()
            for t in range(SETTINGS.months)
        ]
        if mistake:
            rows[-1][0] = f"{self.speech.code}9999"
        return _csv([self.speech.records, *rows], self.speech.encoding)

    def correction(self) -> bytes:
        row = [self.speech.number, self.speech.kpi, f"{month(0):%Y-%m}", "201000"]
        return _csv([self.speech.records, row], self.speech.encoding)


def _csv(rows: list[object], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode(encoding)
