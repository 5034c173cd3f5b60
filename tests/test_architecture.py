"""The floors: imports point down, pure modules stay pure, one door commits. Messages name the remedy."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lms import deferred

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"lms": 1, "courses": 2, "assessments": 3, "performance": 4, "effects": 5}
ROOF = ("lms.app", "lms.demo")
PURE_FOLDERS = ("effects/stats", "assessments/grading", "assessments/quizzes/formats")
PURE_FILES = (
    "lms/values.py",
    "assessments/cases/anonymity.py",
    "assessments/cases/case.py",
    "assessments/feedback360/anonymity.py",
    "assessments/feedback360/answers.py",
    "assessments/feedback360/builtin.py",
    "assessments/feedback360/figure.py",
    "assessments/feedback360/questionnaire.py",
    "assessments/feedback360/scoring.py",
    "assessments/orals/scoring.py",
    "assessments/repetition/cards.py",
    "assessments/repetition/schedule.py",
    "assessments/roleplays/assigning.py",
    "lms/containers.py",
    "assessments/roleplays/dialogues/checks.py",
    "assessments/roleplays/dialogues/layout.py",
    "assessments/roleplays/dialogues/passage_text.py",
    "assessments/roleplays/dialogues/story.py",
    "assessments/roleplays/dialogues/terms.py",
    "assessments/roleplays/dialogues/twee.py",
    "assessments/roleplays/improvement.py",
    "lms/ranges.py",
    "assessments/roleplays/scenario.py",
    "assessments/roleplays/scoring.py",
    "assessments/roleplays/trust.py",
    "lms/imports/diff.py",
    "assessments/quizzes/question_bank/changes.py",
    "courses/chosen.py",
    "courses/completion.py",
    "assessments/surveys/items.py",
    "assessments/surveys/branching.py",
    "assessments/surveys/answers.py",
    "assessments/surveys/suppression.py",
    "assessments/surveys/summary.py",
    "assessments/surveys/measures.py",
    "assessments/surveys/terms.py",
    "assessments/surveys/builtin.py",
    "performance/kpis/rows.py",
    "performance/kpis/periods.py",
    "performance/targets/attainment.py",
    "performance/targets/cascade.py",
    "performance/targets/forecast.py",
    "performance/targets/periods.py",
    "performance/targets/progress.py",
    "performance/targets/seniority.py",
    "performance/targets/smart.py",
    "effects/rollouts/dealing.py",
    "effects/rollouts/departures.py",
    "effects/rollouts/estimators.py",
    "lms/canonical.py",
    "effects/rollouts/timing.py",
)
IMPURE = {"flask", "flask_sqlalchemy", "flask_babel", "flask_login", "sqlalchemy", "wtforms", "flask_wtf", "lms.clock", "lms.db"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    return sorted(path for package in FLOORS for path in (ROOT / package).rglob("*.py"))


MODULES = {module_name(path): path for path in sources()}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that a file says, read once for all tests: imports, functions, calls."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Call)
    return tuple(node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kept))


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Every module that a file imports, functions included; ``from a import b`` counts as a.b if that is one."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                yield (longer if longer in MODULES else node.module), node


def on_the_roof(module: str) -> bool:
    return any(module == name or module.startswith(name + ".") for name in ROOF)


def floor(module: str) -> int | None:
    if on_the_roof(module):
        return 9
    return FLOORS.get(module.split(".")[0])


def test_imports_point_down() -> None:
    wrong = [
        f"{name} (floor {floor(name)}) imports {target} (floor {floor(target)}), line {node.lineno}"
        for name, path in MODULES.items()
        for target, node in imports(path)
        if (here := floor(name)) and (there := floor(target)) and there > here
    ]
    assert not wrong, "Register it from the roof (lms/app.py) instead of importing upwards:\n" + "\n".join(wrong)


def rings(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one module (Tarjan 1972), iterative over a sorted graph."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    counter = itertools.count()

    def visit(start: str) -> None:
        work: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(graph[start])))]
        order[start] = low[start] = next(counter)
        stack.append(start)
        while work:
            node, children = work[-1]
            for child in children:
                if child not in order:
                    order[child] = low[child] = next(counter)
                    stack.append(child)
                    work.append((child, iter(sorted(graph[child]))))
                    break
                if child in stack:
                    low[node] = min(low[node], order[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    at = stack.index(node)
                    ring = stack[at:]
                    del stack[at:]
                    if len(ring) > 1:
                        found.append(sorted(ring))

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return found


def test_the_ring_finder_finds_a_ring() -> None:
    assert rings({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert rings({"a": {"b"}, "b": set()}) == []


def test_no_ring_of_modules() -> None:
    graph = {name: {t for t, _ in imports(path) if t in MODULES and t != name} for name, path in MODULES.items()}
    found = rings(graph)
    assert not found, "Split what both need into a lower module:\n" + "\n".join(" → ".join(r) for r in found)


def pure_modules() -> list[tuple[str, Path]]:
    folders = [ROOT / folder for folder in PURE_FOLDERS]
    files = [ROOT / file for file in PURE_FILES]
    return [(n, p) for n, p in MODULES.items() if p in files or any(f in p.parents for f in folders)]


@pytest.mark.parametrize("path", PURE_FILES)
def test_the_list_of_pure_files_is_true(path: str) -> None:
    assert (ROOT / path).exists(), f"{path} is gone: mend the list in tests/test_architecture.py"


def test_pure_modules_know_no_flask_no_database_no_clock_no_translation() -> None:
    wrong = [
        f"{name} imports {target}, line {node.lineno}"
        for name, path in pure_modules()
        for target, node in imports(path)
        if target in IMPURE or target.split(".")[0] in IMPURE
    ]
    assert not wrong, "Give the values as arguments from the service:\n" + "\n".join(wrong)


def test_what_web_processes_put_off_only_defines() -> None:
    """A module that runs at its first use may not enter anything anywhere: until then it would be missing there."""
    wrong = [
        f"{name}, line {node.lineno}: {what}"
        for name, path in MODULES.items()
        if deferred.only_defines(name)
        for node, what in entered(ast.parse(path.read_text()))
    ]
    assert not wrong, f"Do it in feature.py, or let the file's name end in one of {sorted(deferred.ENTERED)}:\n" + "\n".join(wrong)


def entered(module: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """What a module does to others when it runs: calls, decorators that enter, tables, values set elsewhere."""
    own = {target.id for node in module.body for target in targets(node) if isinstance(target, ast.Name)}
    own |= {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    for node in module.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node, "a call"
        if isinstance(node, ast.For | ast.While | ast.With | ast.AugAssign | ast.Delete):
            yield node, "a statement"
        for target in targets(node):
            if isinstance(target, ast.Attribute | ast.Subscript) and not (isinstance(target.value, ast.Name) and target.value.id in own):
                yield node, "sets a value elsewhere"
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                said = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
                if said.rpartition(".")[2] not in {"cache", "lru_cache", "contextmanager", "pass_eval_context", "total_ordering", "unique"}:
                    yield node, f"@{said}"
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Base") for base in node.bases):
            yield node, "a table"


def targets(node: ast.stmt) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []


def test_what_enters_is_seen() -> None:
    source = "x: dict = {}\nx['a'] = 1\n@cache\ndef f(): ...\nclass A(Struct): ...\nif TYPE_CHECKING:\n    import y\n"
    assert list(entered(ast.parse(source))) == []
    source = "register(1)\ny.x = 1\n@jobs.handler('a')\ndef f(): ...\nclass A(Base): ...\nfor a in b:\n    a()\n"
    said = ["a call", "sets a value elsewhere", "@jobs.handler", "a table", "a statement"]
    assert [what for _, what in entered(ast.parse(source))] == said


def test_commit_stands_in_one_file() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path != ROOT / "lms" / "db.py"
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not wrong, "Use `with transaction():` at the door:\n" + "\n".join(wrong)


TEXT_ALL_THE_SAME = {"lms/storage.py"}
"""Its functions name what sleeps in web processes; its table is a small one."""


def test_columns_say_their_types_as_types() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if "from __future__ import annotations" in (text := path.read_text()) and ": Mapped[" in text
    ]
    assert set(wrong) == TEXT_ALL_THE_SAME, "Leave out `from __future__ import annotations`: SQLAlchemy would compile each type from its text, at every start"


def test_imports_stand_at_the_top() -> None:
    wrong = []
    for name, path in MODULES.items():
        if on_the_roof(name) or name == "lms.cli":
            continue
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    inside = inner.module if isinstance(inner, ast.ImportFrom) else None
                    if inside and inside.split(".")[0] in FLOORS:
                        wrong.append(f"{name}:{inner.lineno} imports {inside} inside {node.name}()")
    assert not wrong, "Import at the top, so that the floors can be seen:\n" + "\n".join(wrong)


def test_views_and_forms_of_another_feature_are_not_used() -> None:
    wrong = []
    for name, path in MODULES.items():
        feature = name.rsplit(".", 1)[0]
        for target, node in imports(path):
            its_feature, _, its_room = target.rpartition(".")
            private = target in MODULES and its_room in {"views", "api"} and its_feature != "lms"  # lms.api is ground
            if private and its_feature != feature and not on_the_roof(name):
                wrong.append(f"{name}:{node.lineno} uses {target}")
    assert not wrong, "Call that feature's services or queries instead:\n" + "\n".join(wrong)
