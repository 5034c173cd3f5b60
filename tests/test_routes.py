"""House rules of the doors: every route says who may enter; every refusal has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from lms import errors
from lms.authz import ROLE_PERMISSIONS, Permission, is_marked
from lms.door import LIBRARY_ENDPOINTS, SECURITY_BLUEPRINT
from lms.people.models import Person
from tests.people import Cast
from tests.test_architecture import ROOT, sources

REFUSALS = {"Refused", "Forbidden", "Unknown"}


def test_no_route_is_silent_about_permission(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in LIBRARY_ENDPOINTS
        and rule.endpoint.split(".")[0] != SECURITY_BLUEPRINT
        and not is_marked(app.view_functions[rule.endpoint])
    ]
    assert not silent, f"Mark with @requires(Permission.…) or @public: {silent}"


def test_every_permission_is_held_by_some_role_and_asked_for_somewhere(app: Flask) -> None:
    held = frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(Permission) == held, f"no role holds {set(Permission) - held}"
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources() if path.name != "authz.py")
    unused = [p.name for p in Permission if f"Permission.{p.name}" not in code and f"P.{p.name}" not in code]
    assert not unused, f"a permission that nothing asks for protects nothing: {unused}"


def test_every_refusal_has_a_sentence(app: Flask) -> None:
    codes: dict[str, str] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS
            if named and node.args and isinstance(node.args[0], ast.Constant):
                codes[str(node.args[0].value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
    nameless = {code: place for code, place in codes.items() if code not in errors.known_codes()}
    assert not nameless, f"Add a sentence to the feature's refusals.py: {nameless}"


def test_a_signed_out_visitor_is_led_to_the_sign_in_from_every_closed_page(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "required_permission", None) is None or "GET" not in (rule.methods or ()):
            continue
        if rule.arguments:
            continue
        response = client.get(rule.rule)
        assert response.status_code == 302, rule.rule
        assert "/login" in response.headers["Location"], rule.rule


def test_every_page_without_arguments_opens_for_those_who_may_and_for_nobody_else(
    app: Flask, cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = (cast.ana, cast.cleo, cast.tess, cast.hana, cast.ada)
    for person in people:
        actor = cast.actor(person)
        client = sign_in(person)
        for rule in app.url_map.iter_rules():
            permission = getattr(app.view_functions[rule.endpoint], "required_permission", None)
            if permission is None or rule.arguments or "GET" not in (rule.methods or ()):
                continue
            status = client.get(rule.rule).status_code
            if actor.can(permission):
                assert status < 400, f"{person.name} may open {rule.rule} but gets {status}"
            else:
                assert status in {403, 404}, f"{person.name} may not open {rule.rule} but gets {status}"
