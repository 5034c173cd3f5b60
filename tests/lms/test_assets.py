"""The built assets: hashed, complete, from nowhere else; and colours that can be read."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask

from lms import assets
from lms.figures import PALETTES

LINE = re.compile(r"--([a-z-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)")
TOKENS = {
    name: (day, night)
    for name, day, night in LINE.findall((assets.STATIC / "css" / "tokens.css").read_text())
}
TEXT_ON = [
    (ink, ground)
    for ground in ("bg", "card", "sunk")
    for ink in ("ink", "soft", "accent", "accent-strong", "ok", "warn", "bad")
] + [
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent", "tint"),
    ("ink", "tint"),
    ("ok", "ok-bg"),
    ("warn", "warn-bg"),
    ("bad", "bad-bg"),
    ("ink", "ok-bg"),
    ("ink", "warn-bg"),
    ("ink", "bad-bg"),
]
EDGE_ON = [("edge", "bg"), ("edge", "card"), ("edge", "sunk"), ("accent", "hair")]


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    ratio = contrast(TOKENS[ink][theme], TOKENS[ground][theme])
    assert ratio >= 4.5, f"{ink} on {ground} has {ratio:.2f}; WCAG AA wants 4.5"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGE_ON)
def test_borders_of_fields_and_bars_can_be_seen(edge: str, ground: str, theme: int) -> None:
    ratio = contrast(TOKENS[edge][theme], TOKENS[ground][theme])
    assert ratio >= 3, f"{edge} on {ground} has {ratio:.2f}; WCAG AA wants 3"


@pytest.mark.parametrize(("theme", "index"), [("light", 0), ("dark", 1)])
def test_figures_use_the_colours_of_the_style_sheet(theme: str, index: int) -> None:
    assert PALETTES[theme] == {name: TOKENS[name][index] for name in PALETTES[theme]}


def test_a_name_carries_the_fingerprint_of_its_content() -> None:
    for name, hashed in assets.manifest().items():
        content = (assets.DIST / hashed).read_bytes()
        assert hashed.split(".")[-2] == hashlib.sha256(content).hexdigest()[:10], name


def test_every_reference_inside_an_asset_was_replaced() -> None:
    for hashed in assets.manifest().values():
        if hashed.endswith((".css", ".js")) and not hashed.startswith("echarts"):
            content = (assets.DIST / hashed).read_text()
            assert not re.search(r"asset:[a-z0-9.-]+\"", content)
            for target in re.findall(r"\./([\w.-]+\.[0-9a-f]{10}\.\w+)", content):
                assert (assets.DIST / target).exists()


def test_only_the_packages_of_the_allow_list_are_there() -> None:
    expected = set(assets.manifest().values()) | set(assets.SERVER_SIDE) | {"manifest.json"}
    found = {
        path.name.removesuffix(".br").removesuffix(".gz") for path in assets.DIST.iterdir() if path.is_file()
    }
    assert found == expected


def test_the_licence_of_every_package_goes_along() -> None:
    licences = {path.name for path in (assets.DIST / "licences").iterdir()}
    assert {"echarts.txt", "htmx.org.txt", "fontsource-variable-inter.txt"} <= licences


def test_the_first_page_is_light() -> None:
    first = [
        "app.css",
        "theme.js",
        "app.js",
        "menus.js",
        "forms.js",
        "tables.js",
        "jobs.js",
        "icons.svg",
        "mark.svg",
    ]
    manifest = assets.manifest()
    size = sum((assets.DIST / f"{manifest[name]}.br").stat().st_size for name in first)
    size += sum(
        (assets.DIST / manifest[name]).stat().st_size
        for name in ("inter-latin.woff2", "inter-latin-ext.woff2")
    )
    assert size < 200_000


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((assets.ROOT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (assets.STATIC / "icons.svg").read_text()))
    for path in assets.ROOT.glob("*/**/templates/**/*.html"):
        named = set(re.findall(r"icon\(\"([\w-]+)\"", path.read_text()))
        assert named <= drawn, f"{path.name} names {named - drawn}"


def test_an_unknown_asset_is_an_error_and_not_a_broken_link() -> None:
    app = Flask("lms", root_path=str(assets.ROOT / "lms"))
    assets.init_app(app)
    with app.test_request_context(), pytest.raises(assets.AssetsMissing, match="missing.css"):
        assets.asset("missing.css")


def test_a_known_asset_has_its_hashed_address() -> None:
    app = Flask("lms", root_path=str(assets.ROOT / "lms"))
    assets.init_app(app)
    with app.test_request_context():
        assert re.fullmatch(r"/static/dist/app\.[0-9a-f]{10}\.css", assets.asset("app.css"))


def test_a_circle_of_modules_is_named(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsMissing, match=r"asset:a\.js.*circular or unknown"):
        assets._in_order({"a.js": b'import "asset:b.js"', "b.js": b'import "asset:a.js"'})


def test_a_build_without_packages_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "NODE_MODULES", tmp_path)
    with pytest.raises(assets.AssetsMissing, match="flask assets install"):
        assets.build()
