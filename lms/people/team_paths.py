"""Teams as a file names them: by code, by name, or by a path like ``East/Shanghai/Team 3``. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from lms.imports.cells import CellProblem, plain

_SEPARATOR = re.compile(r"\s*[/>\\|→]\s*")


class TeamNode(Struct, frozen=True):
    """A team as it is looked up: its id (None before it is made), code, names in any language, parent's code."""

    code: str
    names: frozenset[str]
    parent: str | None
    id: int | None = None


def parts_of(text: str) -> list[str]:
    """``'East / Shanghai > Team 3'`` → ``['East', 'Shanghai', 'Team 3']``."""
    return [part for part in _SEPARATOR.split(plain(text)) if part]


def code_of(parts: Iterable[str]) -> str:
    """The code of a team made from a path: the path itself, shortened with a digest beyond 64 characters."""
    path = "/".join(parts)
    if len(path) <= 64:
        return path
    return path[:51] + "~" + hashlib.sha256(path.encode()).hexdigest()[:12]


class TeamTree:
    """Looks teams up by what a file says."""

    def __init__(self, nodes: Iterable[TeamNode]) -> None:
        self._by_code: dict[str, TeamNode] = {}
        self._by_name: dict[str, list[TeamNode]] = {}
        self._known: dict[str, str] = {}
        for node in nodes:
            self.add(node)

    def add(self, node: TeamNode) -> None:
        self._by_code[node.code.casefold()] = node
        for name in {name.casefold() for name in node.names}:
            self._by_name.setdefault(name, []).append(node)
        self._known.clear()

    def node(self, code: str) -> TeamNode | None:
        return self._by_code.get(code.casefold())

    def resolve(self, text: str) -> str:
        """The code of the team that is meant.

        :raises CellProblem: ``team_unknown``, or ``team_ambiguous`` when several teams bear the name.
        """
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> str:
        exact = self.node(plain(text))
        if exact is not None:
            return exact.code
        parts = parts_of(text)
        found = (
            [node for node in self._named(parts[-1]) if self._lies_below(node, parts[:-1])] if parts else []
        )
        if len(found) != 1:
            raise CellProblem("team_ambiguous" if found else "team_unknown")
        return found[0].code

    def _named(self, word: str) -> list[TeamNode]:
        by_code = self.node(word)
        return [by_code] if by_code is not None else self._by_name.get(word.casefold(), [])

    def _lies_below(self, node: TeamNode, ancestors: list[str]) -> bool:
        """Whether the parents' names end with ``ancestors``."""
        for word in reversed(ancestors):
            parent = self.node(node.parent) if node.parent else None
            if parent is None or word.casefold() not in {
                parent.code.casefold(),
                *map(str.casefold, parent.names),
            }:
                return False
            node = parent
        return True

    def shortest(self, code: str, names: Mapping[str, str]) -> str:
        """The least of a team's path that :meth:`resolve` finds it by: its name, with those above as far as needed; else the code.

        :param names: code → name, as it shall be written.
        """
        path = [names[node.code] for node in self.chain(code)]
        for start in reversed(range(len(path))):
            text = "/".join(path[start:])
            try:
                if self.resolve(text) == code:
                    return text
            except CellProblem:
                continue
        return code

    def extend(self, text: str) -> str:
        """The code of the team, with the teams of its path that do not exist added to the tree.

        :raises CellProblem: ``team_unknown`` for an empty path, ``team_ambiguous``.
        """
        try:
            return self.resolve(text)
        except CellProblem as problem:
            parts = parts_of(text)
            if problem.code != "team_unknown" or not parts:
                raise
        parent = self.extend("/".join(parts[:-1])) if len(parts) > 1 else None
        code = code_of(parts)
        self.add(TeamNode(code, frozenset({parts[-1]}), parent))
        return code

    def chain(self, code: str) -> list[TeamNode]:
        """The team and its parents, topmost first."""
        found: list[TeamNode] = []
        node = self.node(code)
        while node is not None:
            found.insert(0, node)
            node = self.node(node.parent) if node.parent else None
        return found


def local_name(name: str) -> Mapping[str, str]:
    """A name in the language it is written in, as ``LocalText``."""
    return {"zh_Hans" if re.search(r"[\u3400-\u9fff]", name) else "en": name}
