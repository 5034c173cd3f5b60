"""Which passwords are too easy: length counts, the known and the own are refused."""

import pytest

from lms.home.greeting import day_part
from lms.people.passwords import weakness


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("trees walk slowly", None), ("我们一起去爬香山看红叶吧", None), ("xk7#mQ2pLz", None),
        ("short", "too_short"), ("x" * 201, "too_long"),
        ("password1234", "too_common"), ("1234567890", "too_common"), ("aaaaaaaaaaaa", "too_common"),
        ("qwertyuiop1", "too_common"), ("Woaini1234567", "too_common"),
        ("wangfang-0042", "too_personal"), ("Wang.Fang@corp", "too_personal"),
    ],
)  # fmt: skip
def test_a_password_is_judged(password: str, code: str | None) -> None:
    assert weakness(password, ["王芳", "Wang Fang", "0042", "wangfang@corp.cn"]) == code


def test_somebody_without_an_address_is_judged_too() -> None:
    assert weakness("trees walk slowly", [None, "", "Al"]) is None


@pytest.mark.parametrize(
    ("hour", "part"), [(0, "night"), (5, "morning"), (11, "noon"), (13, "afternoon"), (18, "evening"), (23, "night")]
)
def test_the_day_has_its_parts(hour: int, part: str) -> None:
    assert day_part(hour) == part
