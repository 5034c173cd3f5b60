"""``flask people …``: for operators."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now
from lms.db import transaction
from lms.people import grants, queries, services
from lms.people.links import set_password_link

people = AppGroup("people", help="People, their accounts and roles.")


@people.command("invite")
@click.argument("numbers", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Everybody who has an address and no password yet.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def invite(numbers: tuple[str, ...], everyone: bool, as_json: bool) -> None:
    """Send a link to set a password to the people with these NUMBERS, or to all who have none."""
    if bool(numbers) == everyone:
        fail("name person numbers, or give --all")
    ids, unknown = queries.without_password() if everyone else queries.ids_of_numbers(numbers)
    if unknown:
        fail("no person has the number " + ", ".join(unknown))
    with refusals_as_exit_code(), transaction():
        invited = services.invite(SYSTEM, ids, now())
    show({"invited": invited}, as_json=as_json, text=lambda: f"{invited} invited")


@people.command("create-admin")
@click.argument("email")
@click.option("--number", default="admin", show_default=True, help="The person number.")
@click.option("--name", default="Administrator", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def create_admin(email: str, number: str, name: str, as_json: bool) -> None:
    """Create an administrator with this EMAIL; prints the link with which to choose the password."""
    if "@" not in email:
        fail(f"{email!r} is not an e-mail address")
    data = services.PersonData(number=number, name=name, email=email)
    with refusals_as_exit_code(), transaction():
        person = services.create_person(SYSTEM, data, now=now())
        grants.grant(SYSTEM, person.id, "admin", "company", now=now())
    result: dict[str, Any] = {"person": person.number, "link": set_password_link(person)}
    show(result, as_json=as_json, text=lambda: f"{name} ({email}) chooses the password here:\n{result['link']}")
