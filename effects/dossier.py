"""Everything that is said of a finished run: its frozen report with what is known beside it.

Page, PDF, JSON and workbook are made of this one value.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from effects import documents, origins
from effects.ladder import Rung, ladder
from effects.measure import Measure
from effects.models import Study, StudyRun
from effects.origins import Said
from effects.roi import queries as roi_queries
from effects.roi.said import RoiSaid
from effects.roi.said import said as roi_said
from lms import pdf
from lms.figure_options import Option
from lms.i18n import current_locale


class Dossier(Struct, frozen=True):
    """``words`` and ``numbers`` are the run's own, frozen when it was computed; ``roi`` is worked out from them and
    the costs in force."""

    study: Study
    run: StudyRun
    measure: Measure
    words: dict[str, Any]
    numbers: dict[str, Any]
    points: list[dict[str, Any]]
    option: Option | None
    roi: RoiSaid
    ladder: list[Rung]

    def as_json(self) -> dict[str, Any]:
        """All of it, naming nobody, not even by number."""
        numbers = {key: value for key, value in self.numbers.items() if key not in NAMING}
        report = dict(self.run.report or {}) | {"numbers": numbers}
        about = {"run": self.run.number, "fingerprint": self.run.fingerprint, "version": self.run.version}
        planned = [asdict(said) for said in self.planned()]
        return report | about | {"roi": self.roi.as_json(), "ladder": [rung.as_json() for rung in self.ladder], "planned": planned}

    def planned(self) -> list[Said]:
        """Where the study comes from and where what was planned was not kept to, for what is not the page."""
        return origins.said(self.study)

    @property
    def tiles(self) -> list[dict[str, str]]:
        """The tiles at the top: worth, return, compared; the return stands after what it is worth."""
        tiles = list(self.words.get("tiles") or [])
        return tiles[:1] + self.roi.tiles[:1] + tiles[1:] if self.roi.state == "known" else tiles


NAMING = frozenset({"left_out", "reps"})
"""Parts of the numbers that hold ids of people."""


def dossier(study: Study, run: StudyRun) -> Dossier:
    """The dossier of a finished run in the reader's language."""
    measure = documents.measure_of(study, run)
    return Dossier(
        study=study,
        run=run,
        measure=measure,
        words=documents.words_of(run),
        numbers=(run.report or {}).get("numbers") or {},
        points=documents.points(study, run),
        option=documents.chart(study, run),
        ladder=ladder(study, run, str(documents.words_of(run)["grade"]), measure),
        roi=roi_said(study, run, roi_queries.in_force(study.id), measure),
    )


def as_pdf(found: Dossier) -> bytes:
    """The report for a board, in the reader's language."""
    return pdf.render("effects/report.html", **shown(found), planned=found.planned(), locale=current_locale())


def shown(found: Dossier) -> dict[str, Any]:
    """The dossier as the values that page and PDF name."""
    names = ("study", "run", "words", "option", "points", "roi", "tiles", "ladder")
    return {name: getattr(found, name) for name in names}
