"""Figures: the option dicts by hand-sized data, and the SVG that the server draws from them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import pytest
from fontTools.ttLib import TTFont

from lms import figures
from lms.assets import PRINT_FONTS
from lms.components import sparkline
from lms.figure_scales import Rung, side_by_side
from lms.figures import Point, Series, bars, event_study, line_series, number_format, sparkline_points, svg

POINTS = [
    Point(-2, 0.01, -0.02, 0.04),
    Point(-1, 0.0, 0.0, 0.0),
    Point(0, 0.05, 0.02, 0.08),
    Point(1, 0.08, 0.02, 0.14),
]


def study(points: list[Point] = POINTS) -> figures.Option:
    return event_study(
        points,
        start_label="course starts",
        period_label="months",
        end_label="+8 %",
        before_note="no difference",
    )


def texts(drawn: str) -> list[str]:
    return [
        "".join(node.itertext())
        for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    ]


def families(drawn: str) -> set[str]:
    styles = [
        node.get("style", "")
        for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    ]
    return {
        part.split(":")[1] for style in styles for part in style.split(";") if part.startswith("font-family")
    }


def test_an_option_is_plain_json() -> None:
    for option in (study(), line_series(["a"], [Series("Ana", [1])]), bars(["a"], [1], intervals=[(0, 2)])):
        assert json.loads(json.dumps(option)) == option


def test_on_a_phone_the_last_figure_does_not_take_half_of_the_room() -> None:
    long = event_study(POINTS, start_label="course starts", period_label="months", end_label="+0.87 customers")
    drawn = ElementTree.fromstring(svg(long, width=340, height=300))
    named = {"".join(node.itertext()): node for node in drawn.iter("{http://www.w3.org/2000/svg}text")}
    place = [float(number) for number in re.findall(r"-?[\d.]+", named["1"].get("transform", ""))]
    assert place[0] > 0.85 * 340, "the last period stands near the edge"
    assert "+0.87 customers" in named


def test_the_event_study_shows_every_period_with_its_interval() -> None:
    lower, width, line = study()["series"][:3]
    assert line["data"] == [[-2, 0.01], [-1, 0.0], [0, 0.05], [1, 0.08]]
    assert lower["data"] == [[-2, -0.02], [-1, 0.0], [0, 0.02], [1, 0.02]]
    assert [round(high, 9) for _k, high in width["data"]] == [0.06, 0.0, 0.06, 0.12]


def test_a_period_that_cannot_be_estimated_stays_a_gap_in_line_and_band() -> None:
    option = study([*POINTS[:2], Point(0, None, None, None), POINTS[3]])
    bands = [series for series in option["series"] if series.get("stack")]
    assert len(bands) == 4
    line = next(series for series in option["series"] if series["data"][0] == [-2, 0.01])
    assert [0, None] in line["data"] and line["connectNulls"] is False


def test_bars_start_at_zero() -> None:
    axis = bars(["a", "b"], [3, 4])["xAxis"]
    assert not axis.get("scale")


def test_on_a_narrow_axis_numbers_make_way_and_zero_stays() -> None:
    shares = bars(["No time", "No support"], [0.44, 0.28], value_format=number_format("percent"))
    wide, narrow = ([each for each in texts(svg(shares, width=width, height=120)) if each.endswith("0%")] for width in (640, 190))
    assert narrow[0] == "0%" and len(narrow) < len(wide)


def test_a_missing_month_breaks_a_sparkline_instead_of_counting_as_zero() -> None:
    points = sparkline_points([1, 2, None, 3, 2], 120, 44)
    assert points["lines"] == ["3.0,41.0 31.5,22.0", "88.5,3.0 117.0,22.0"]
    assert points["last"] == ("117.0", "22.0")


def test_a_sparkline_of_nothing_draws_nothing() -> None:
    assert sparkline_points([None, None], 120, 44)["last"] is None


def test_a_sparkline_in_a_page_is_its_lines_its_single_points_its_last_and_the_target() -> None:
    drawn = sparkline([1, 2, None, 4, None, 3, 2], target=3)
    assert drawn.startswith('<svg class="sparkline" viewBox="0 0 120 44" preserveAspectRatio="none" aria-hidden="true">')
    assert ElementTree.fromstring(drawn) is not None
    assert re.findall(r'points="([^"]*)"', drawn) == ["3.0,41.0 22.0,28.3", "98.0,15.7 117.0,28.3"]
    assert re.findall(r'd="([^"]*)"', drawn) == ["M60.0 3.0h0", "M117.0 28.3h0"]
    assert re.findall(r'<line class="target" x1="0" x2="120" y1="(.*?)" y2="(.*?)"/>', drawn) == [("15.7", "15.7")]
    assert 'class="target"' not in sparkline([1, 2])
    assert sparkline([None, None], target=3) == ""


def test_a_flat_sparkline_lies_in_the_middle() -> None:
    assert sparkline_points([5, 5], 120, 44)["lines"] == ["3.0,22.0 117.0,22.0"]


def test_the_server_draws_the_words_and_numbers_of_the_figure() -> None:
    shown = texts(svg(study(), width=640, height=300))
    assert {"course starts", "months", "+8 %", "no difference", "0%", "+5%"} <= set(shown)


@pytest.mark.parametrize(
    ("spec", "locale", "value", "expected"),
    [
        (number_format("percent", sign=True), "en", 0.1, "+10%"),
        (number_format("percent", 1), "en", -0.055, "−5.5%"),
        (number_format("decimal"), "en", 1234567, "1,234,567"),
        (number_format("compact"), "en", 1250000, "1.3M"),
        (number_format("compact"), "zh_Hans", 1250000, "125万"),
        (number_format("compact"), "zh_Hant", 250000000, "2.5億"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(
    spec: figures.Option, locale: str, value: float, expected: str
) -> None:
    option = bars(["Ana"], [value], value_format=spec)
    assert expected in texts(svg(option, width=400, height=120, locale=locale))


def test_for_print_each_text_has_the_one_family_that_holds_it() -> None:
    option = line_series(["一月", "Feb"], [Series("公司平均", [1, 2])])
    assert families(svg(option, width=400, height=200, theme="print", locale="zh_Hans")) == {
        "Inter",
        "Noto Sans CJK SC",
    }
    assert "Noto Sans CJK TC" in families(svg(option, width=400, height=200, theme="print", locale="zh_Hant"))


def test_for_print_no_text_has_an_outline() -> None:
    for node in ElementTree.fromstring(svg(study(), width=640, height=300, theme="print")).iter():
        if node.tag.endswith("text"):
            assert not any(name.startswith(("stroke", "paint-order")) for name in node.attrib)


def test_the_dark_figure_is_drawn_in_dark_colours() -> None:
    light, dark = (svg(study(), width=640, height=300, theme=theme) for theme in ("light", "dark"))
    assert figures.PALETTES["light"]["accent"] in light and figures.PALETTES["dark"]["accent"] in dark
    assert "$" not in dark


def test_the_same_figure_is_the_same_to_the_byte() -> None:
    first = svg(study(), width=640, height=300)
    svg(bars(["a"], [1]), width=300, height=100)
    figures._remembered.cache_clear()
    assert svg(study(), width=640, height=300) == first


def test_markup_in_a_name_stays_text() -> None:
    drawn = svg(bars(['<script>alert("Dov")</script>'], [1]), width=400, height=100)
    assert "<script" not in drawn and '<script>alert("Dov")</script>' in texts(drawn)


def test_several_threads_may_draw_at_once() -> None:
    options = [bars([f"rep {number}"], [number]) for number in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda option: svg(option, width=300, height=100), options))
    for number, figure in enumerate(drawn, start=1):
        assert f"rep {number}" in texts(figure)


def test_widths_of_characters_are_those_of_the_font() -> None:
    font = TTFont(PRINT_FONTS / "inter-400.ttf")
    cmap, metrics, unit = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    measured = tuple(round(metrics[cmap[code]][0] * 100 / unit) for code in range(32, 127))
    assert measured == figures._ADVANCES


def test_the_pass_mark_of_a_scale_lies_behind_its_band_and_strikes_no_label() -> None:
    rungs = [Rung("+1", 3, ["Q2"]), Rung("0", 9, []), Rung("−1", 4, ["Q1"])]
    texts = {element.text.strip() for element in ElementTree.fromstring(
        svg(side_by_side(rungs, people_label="takers", mark="0", mark_label="pass mark"), width=600, height=200)
    ).iter() if element.text and element.text.strip()}  # fmt: skip
    assert {"pass mark", "9", "Q1", "Q2"} <= texts
    option = side_by_side(rungs, people_label="takers", mark="0", mark_label="pass mark")
    assert not any("markLine" in series for series in option["series"])
    assert [index for index, value in enumerate(option["series"][-1]["data"]) if value is not None] == [1]
    assert "pass mark" not in json.dumps(side_by_side(rungs, people_label="takers"))
