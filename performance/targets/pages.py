"""What the pages of targets show, put together from the queries: a team with those below it, one target, one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from lms import figure_options
from lms.authz import Actor, Permission
from lms.errors import Unknown
from lms.i18n import called, local
from lms.paging import Page
from lms.people.queries import TeamNode, team_tree
from performance.kpis import queries as kpi_queries
from performance.kpis import series
from performance.kpis import wording as kpi_words
from performance.kpis.measures import NOTHING, Entry, Sums, gathered, plus, way_of
from performance.kpis.models import Kpi
from performance.kpis.pages import SHOWN, entries_of
from performance.kpis.periods import shift
from performance.targets import policies, queries, smart, wording
from performance.targets.cascade import Balance, Part, balance
from performance.targets.forecast import Forecast
from performance.targets.periods import SPANS, Span, first_record, records_in, span_of
from performance.targets.progress import Progress, progress
from performance.targets.queries import Member, Set
from performance.targets.services import Subject

MOST_BEHIND = 8


class Row(Struct, frozen=True):
    """A team or member with its target and where it stands; ``team`` is what a member belongs to."""

    subject: Subject
    name: str
    number: str
    people: int | None
    team: str
    published: Set | None
    draft: Set | None
    progress: Progress
    may_set: bool

    @property
    def stated(self) -> Set | None:
        """What holds; where nothing is published yet, the draft."""
        return self.published or self.draft


class Drafts(Struct, frozen=True):
    """What is drafted directly below a team: how much of it would replace what is published, and how much of that without a reason."""

    subjects: Sequence[Subject]
    replacing: int
    unexplained: int


class Board(Struct, frozen=True):
    """A team's target and those directly below it; ``teams``: all that may be chosen."""

    teams: Sequence[TeamNode]
    team: TeamNode
    above: Sequence[TeamNode]
    row: Row
    rows: Sequence[Row]
    members: Page[Member]
    balance: Balance
    behind: Sequence[Row]
    drafts: Drafts
    may_hand_down: bool


def board(viewer: Actor, kpi: Kpi, span: Span, team_id: int | None, day: date, page: int | None = 1) -> Board | None:
    """None where the viewer looks after no team. :raises Unknown: for a team that is not the viewer's to read."""
    tree = team_tree(viewer, Permission.TARGET_READ, day)
    team = next((node for node in tree if team_id is None or node.id == team_id), None)
    if team is None:
        if team_id is not None:
            raise Unknown()
        return None
    children = [node for node in tree if node.parent_id == team.id]
    set_ = queries.standing(viewer, kpi.id, span, [team.id, *(node.id for node in children)], members_of=team.id)
    sums = queries.team_series(viewer, kpi.id, team.path, span)
    members = queries.members(viewer, team.id, span, page)
    teams = [_team_row(viewer, kpi, span, node, set_, _below(kpi, tree, node, sums)) for node in (team, *children)]
    records = queries.member_series(viewer, kpi.id, [member.id for member in members.rows], span)
    people = [_member_row(viewer, kpi, span, member, team, set_, records.get(member.id, ())) for member in members.rows]
    rows = [*teams[1:], *people]
    return Board(
        tree,
        team,
        [node for node in tree if team.path.startswith(node.path) and node.id != team.id],
        teams[0],
        rows,
        members,
        _balance(kpi, teams[0], teams[1:], set_),
        _behind(viewer, kpi, span, team, tree, people if not children and members.pages == 1 else None),
        _drafts({subject: there for subject, there in set_.items() if subject.team_id != team.id}),
        bool(rows) and any(row.may_set for row in rows),
    )


def _drafts(below: Mapping[Subject, Mapping[str, Set]]) -> Drafts:
    drafted = {subject: there for subject, there in below.items() if "draft" in there}
    replacing = [there for there in drafted.values() if "published" in there]
    return Drafts(list(drafted), len(replacing), sum(not there["draft"].reason for there in replacing))


def _below(kpi: Kpi, tree: Sequence[TeamNode], team: TeamNode, known: Mapping[int, Mapping[date, Sums]]) -> list[Entry]:
    """The series of a team with everybody below it."""
    total: dict[date, Sums] = {}
    for node in tree:
        if node.path.startswith(team.path):
            for start, sums in known.get(node.id, {}).items():
                total[start] = plus(total.get(start, NOTHING), sums)
    return entries_of(kpi, total)


def _team_row(
    viewer: Actor, kpi: Kpi, span: Span, team: TeamNode, set_: Mapping[Subject, Mapping[str, Set]], entries: Sequence[Entry]
) -> Row:
    subject = Subject(team.id, None)
    published, draft, found = _stands(kpi, span, set_.get(subject, {}), entries)
    may = policies.may_set_team(viewer, team.path)
    return Row(subject, local(team.name), team.code, team.people, "", published, draft, found, may)


def _member_row(
    viewer: Actor, kpi: Kpi, span: Span, member: Member, team: TeamNode, set_: Mapping[Subject, Mapping[str, Set]], entries: Sequence[Entry]
) -> Row:
    subject = Subject(None, member.id)
    published, draft, found = _stands(kpi, span, set_.get(subject, {}), entries)
    may = policies.may_set_member(viewer, member.id, team.path)
    return Row(subject, member.name, member.number, None, local(team.name), published, draft, found, may)


def _stands(
    kpi: Kpi, span: Span, there: Mapping[str, Set], entries: Sequence[Entry]
) -> tuple[Set | None, Set | None, Progress]:
    """What is published, what is drafted, and how far the records are on the way to the one that holds."""
    published, draft = there.get("published"), there.get("draft")
    stated = published or draft
    return published, draft, progress(kpi, span, stated.value if stated else None, entries)


def _balance(kpi: Kpi, whole: Row, teams: Sequence[Row], set_: Mapping[Subject, Mapping[str, Set]]) -> Balance:
    """Drafts count where nothing is published: what is being prepared adds up before it is published."""
    stated = [row.stated for row in teams]
    stated += [there.get("published") or there.get("draft") for subject, there in set_.items() if subject.person_id is not None]
    parts = [Part(each.value, each.base) if each else Part(None) for each in stated]
    return balance(kpi.kind, whole.stated.value if whole.stated else None, parts)


def _behind(
    viewer: Actor, kpi: Kpi, span: Span, team: TeamNode, tree: Sequence[TeamNode], people: Sequence[Row] | None
) -> list[Row]:
    """Reps whose whole forecast lies on the wrong side of their target, or who missed it, the farthest first."""
    if people is None:
        found = queries.farthest_from(viewer, kpi, span, team.path)
        records = queries.member_series(viewer, kpi.id, [member.id for member, _target in found], span)
        nodes = {node.id: node for node in tree}
        people = [
            _member_row(
                viewer, kpi, span, member, nodes.get(member.team_id or 0, team),
                {Subject(None, member.id): {"published": Set(target, None, "hand", None)}}, records.get(member.id, ()),
            )
            for member, target in found
        ]  # fmt: skip
    late = [row for row in people if row.published and row.progress.state in ("behind", "missed")]
    worst = 1 if kpi.direction == "higher" else -1
    return sorted(late, key=lambda row: worst * (row.progress.found.share or 0.0))[:MOST_BEHIND]


# One target --------------------------------------------------------------------------------------


class Sheet(Struct, frozen=True):
    """One target with its figures, its SMART letters and every revision."""

    row: Row
    team_path: str
    revisions: Sequence[queries.Revision]
    checks: Sequence[smart.Check]
    option: figure_options.Option | None
    records: int


def team_sheet(viewer: Actor, kpi: Kpi, span: Span, team_id: int, day: date) -> Sheet:
    """:raises Unknown: for a team that is not the viewer's to read."""
    tree = team_tree(viewer, Permission.TARGET_READ, day)
    team = next((node for node in tree if node.id == team_id), None)
    if team is None:
        raise Unknown()
    above = [team.parent_id] if team.parent_id else []
    set_ = queries.standing(viewer, kpi.id, span, [team.id, *above])
    entries = _below(kpi, tree, team, queries.team_series(viewer, kpi.id, team.path, span))
    row = _team_row(viewer, kpi, span, team, set_, entries)
    return _sheet(viewer, kpi, span, row, team.path, entries, bool(above) and Subject(team.parent_id, None) in set_)


def member_sheet(viewer: Actor, kpi: Kpi, span: Span, person_id: int, day: date) -> Sheet:
    """:raises Unknown: for somebody whose targets are not the viewer's to read."""
    person = queries.person_of(viewer, person_id)
    path = person.team.path if person.team else ""
    member = Member(person.id, person.number, called(person), person.team_id, person.hired_on, person.left_on)
    entries = queries.member_series(viewer, kpi.id, [person.id], span).get(person.id, [])
    team = TeamNode(person.team_id or 0, "", person.team.name if person.team else {}, None, path, 0, 0)
    if viewer.can(Permission.TARGET_READ):
        set_ = queries.standing(viewer, kpi.id, span, [person.team_id or 0], person_id=person.id)
    else:
        own = [t for t in queries.own(viewer, span.start) if (t.kpi_id, t.span, t.starts_on) == (kpi.id, *span)]
        set_ = {Subject(None, person.id): {"published": Set(t.value, None, "hand", None)} for t in own}
    row = _member_row(viewer, kpi, span, member, team, set_, entries)
    return _sheet(viewer, kpi, span, row, path, entries, Subject(person.team_id, None) in set_)


def _sheet(viewer: Actor, kpi: Kpi, span: Span, row: Row, path: str, entries: Sequence[Entry], from_above: bool) -> Sheet:
    revisions = queries.revisions(viewer, kpi.id, span, row.subject)
    target = row.stated.value if row.stated else None
    letters = []
    if target is not None:
        reason = next((each.reason for each in revisions if each.superseded_at is None), "")
        earlier = _earlier(kpi, span, entries)
        letters = smart.checks(kpi.direction, target, earlier, len(entries), reason=reason, from_above=from_above)
    return Sheet(row, path, revisions, letters, chart(kpi, span, row.progress, entries), len(entries))


def _earlier(kpi: Kpi, span: Span, entries: Sequence[Entry]) -> list[float]:
    """The figures of earlier periods of the same length that are on record whole."""
    way, found = way_of(kpi.kind, kpi.over_time), []
    start = span.start
    while entries and start > entries[0].period_start:
        start = shift(span.kind, start, -1)
        before = Span(span.kind, start)
        inside = [entry for entry in entries if before.holds(entry.period_start)]
        value = gathered(way, inside) if len(inside) == records_in(kpi.period, before) else None
        if value is not None:
            found.append(value)
    return found[::-1]


def chart(kpi: Kpi, span: Span, found: Progress, entries: Sequence[Entry]) -> figure_options.Option | None:
    """Of a longer period how it fills up, with the range at its end; of a short one the last periods, with the target."""
    if not entries:
        return None
    count = records_in(kpi.period, span)
    first = first_record(kpi.period, span)
    if count < 3:
        last = entries[-1].period_start
        first, count = shift(kpi.period, last, 1 - SHOWN[kpi.period]), SHOWN[kpi.period]
    starts = [shift(kpi.period, first, at) for at in range(count)]
    known = {entry.period_start: entry for entry in entries}
    fills = records_in(kpi.period, span) >= 3
    ahead = found.expected if fills else None
    lines = [figure_options.Series("" if ahead else local(kpi.name), _line(kpi, starts, known, cumulated=fills))]
    if found.target is not None:
        lines.append(figure_options.Series(str(wording.value_of(kpi, found.target)), [found.target] * count, "$soft", dashed=True))
    if ahead is not None:
        lines += _ends(ahead, starts, lines[0].values)
    return figure_options.line_series(
        [kpi_words.period(kpi.period, start) for start in starts],
        lines,
        value_format=kpi_words.axis_format(kpi),
        from_zero=kpi.kind != "rate",
    )


def _line(kpi: Kpi, starts: Sequence[date], known: Mapping[date, Entry], *, cumulated: bool) -> list[float | None]:
    way, line = way_of(kpi.kind, kpi.over_time), list[float | None]()
    so_far: list[Entry] = []
    for start in starts:
        entry = known.get(start)
        if entry is not None:
            so_far.append(entry)
        line.append(None if entry is None else gathered(way, so_far) if cumulated else entry.value)
    return line


def _ends(ahead: Forecast, starts: Sequence[date], line: Sequence[float | None]) -> Iterable[figure_options.Series]:
    """From the last figure to both ends of the range."""
    known = [(i, value) for i, value in enumerate(line) if value is not None]
    for end in (ahead.low, ahead.high):
        values: list[float | None] = [None] * len(starts)
        values[-1] = end
        if known:
            at, last = known[-1]
            steps = len(starts) - 1 - at
            values[at:] = [last + (end - last) * i / steps for i in range(steps + 1)]
        yield figure_options.Series("", values, colour="$soft", dashed=True)


# One's own ---------------------------------------------------------------------------------------


class Mine(Struct, frozen=True):
    """One of the viewer's own targets."""

    kpi: Kpi
    span: Span
    progress: Progress


def mine(viewer: Actor, day: date) -> list[Mine]:
    """The viewer's targets of this year, quarter and month, and of the month that was recorded last, the longest first."""
    since = span_of("year", day).start
    spans = {span_of(kind, day) for kind in ("year", "quarter", "month")} | {Span("month", shift("month", day.replace(day=1), -1))}
    stated = [each for each in queries.own(viewer, min(since, shift("month", day.replace(day=1), -1))) if (each.span, each.starts_on) in spans]
    kpis = {kpi.id: kpi for kpi in kpi_queries.kpis(viewer)}
    entries = series.own(viewer, {each.kpi_id for each in stated}, queries.since_of(span_of("year", day)))
    found = [_mine(kpis[each.kpi_id], each, entries.get(each.kpi_id, [])) for each in stated if each.kpi_id in kpis]
    return sorted(found, key=lambda each: (each.kpi.id, SPANS.index(each.span.kind), each.span.start))


def _mine(kpi: Kpi, each: queries.Own, entries: Sequence[Entry]) -> Mine:
    span = Span(each.span, each.starts_on)
    return Mine(kpi, span, progress(kpi, span, each.value, [entry for entry in entries if entry.period_start < span.end]))


def values_of(kpi: Kpi, span: Span, **more: Any) -> dict[str, Any]:
    """What every template of targets needs."""
    return {"kpi": kpi, "span": span, "words": wording, "wording": kpi_words, **more}
