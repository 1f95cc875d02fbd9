"""The HTML of a model: escaped, bounded, folded, readable on light and dark pages."""

from __future__ import annotations

import math
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchdarkly_api import display
from launchdarkly_api._display import text as display_text
from launchdarkly_api._display.html import MAX_ROWS
from launchdarkly_api._display.renderer import to_html
from launchdarkly_api._display.text import MAX_TEXT
from launchdarkly_api.analysis import Arm, bayesian_results
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.experimentation_settings_rep import ExperimentationSettingsRep
from launchdarkly_api.model.instruction import Instruction
from launchdarkly_api.model.instructions import Instructions
from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_seen import MetricSeen
from launchdarkly_api.model.relative_difference_rep import RelativeDifferenceRep
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.model_utils import decode
from test.notebook import browser
from test.notebook.examples import (
    LONG_NAMES,
    START,
    experiment,
    experiment_json,
    legacy,
    results,
    results_json,
)

NASTY = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'&$x^2$"


class Outline(HTMLParser):
    """The tags and the texts of a page. It fails if tags are not nested."""

    VOID = frozenset({"img", "br", "hr", "meta"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def shown(model: Any) -> Outline:
    assert model._repr_html_() == to_html(model)
    return Outline(to_html(model))


def test_a_model_is_a_table_of_what_is_set() -> None:
    outline = shown(experiment())
    assert "Experiment · checkout · New checkout" in outline.text.replace("  ", " ")
    for text in ("key", "name", "New checkout", "maintainer_id", "member", "current_iteration"):
        assert text in outline.texts
    assert "description" not in outline.texts


def test_nested_objects_are_folded() -> None:
    outline = shown(experiment())
    assert len(outline.named("details")) > 3
    assert all("open" not in attributes for attributes in outline.named("details"))
    assert any("IterationRep · " in text for text in outline.texts)
    assert "A larger button sells more" in outline.texts


def test_times_are_dates_with_the_number_on_hover() -> None:
    outline = shown(experiment())
    created = outline.named("time")[0]
    assert created == {"datetime": "2022-06-01T00:00:00Z", "title": str(START)}
    assert "2022-06-01 00:00:00 UTC" in outline.texts


@pytest.mark.parametrize("timestamp", [1_657_129_307, 1_657_129_307_000])
def test_the_time_of_the_last_event_may_be_in_seconds_or_milliseconds(timestamp: int) -> None:
    outline = shown(MetricSeen(ever=True, timestamp=timestamp))
    assert outline.named("time") == [{"datetime": "2022-07-06T17:41:47Z", "title": str(timestamp)}]


def test_a_time_that_no_calendar_reaches_is_a_number() -> None:
    outline = shown(experiment(_creationDate=10**18))
    assert str(10**18) in outline.texts


def test_only_addresses_of_the_web_are_links() -> None:
    addresses = {
        "web": "https://example.com/a?b=1&c=\"'<",
        "plain": "http://example.com",
        "relative": "/api/v2/projects",
        "script": "javascript:alert(1)",
        "comment": "javascript://example.com/%0aalert(1)",
        "data": "data:text/html,<script>",
        "tab": "java\tscript:alert(1)",
        "nohost": "https:///x",
        "broken": "http://[::1",
        "network": "//example.com",
    }
    links = {name: {"href": href} for name, href in addresses.items()}
    outline = shown(experiment(_links={**links, "none": {}, "typed": {"type": "text/html"}}))
    assert [a["href"] for a in outline.named("a")] == [addresses["web"], addresses["plain"]]
    assert {a["rel"] for a in outline.named("a")} == {"noopener noreferrer"}
    for address in addresses.values():
        assert address in outline.texts


def test_markup_from_the_service_is_escaped() -> None:
    sent = experiment_json(names=(NASTY, NASTY)) | {NASTY: {NASTY: [NASTY]}}
    sent |= {"key": NASTY, "name": NASTY, "_links": {NASTY: {"href": NASTY, "type": NASTY}}}
    outline = shown(decode(Experiment, sent))
    assert not outline.named("script")
    assert not outline.named("img")
    assert outline.texts.count(NASTY) > 5


def test_characters_that_html_forbids_are_replaced() -> None:
    source = to_html(experiment(name="a\x00b\ud800c\x1b"))
    assert "a\ufffdb\ufffdc\ufffd" in source
    source.encode()


def test_text_from_right_to_left_stays_in_its_place() -> None:
    assert "<bdi>\u202eabc</bdi>" in to_html(experiment(name="\u202eabc"))


def test_dollar_signs_are_not_read_as_mathematics() -> None:
    assert 'class="launchdarkly tex2jax_ignore mathjax_ignore"' in to_html(experiment())


def test_the_table_of_a_page_of_experiments_is_bounded() -> None:
    items = [experiment_json(key=f"key-{n}") for n in range(1000)]
    page = decode(
        ExperimentCollectionRep,
        {"items": items, "total_count": 1000, "_links": {"next": {"href": "/next"}}},
    )
    outline = shown(page)
    assert "key-0" in outline.texts
    assert f"key-{MAX_ROWS - 1}" in outline.texts
    assert f"key-{MAX_ROWS}" not in outline.texts
    assert "and 940 more, not shown" in outline.texts
    assert len(to_html(page)) < 60_000
    for header in ("status", "started", "primary metric"):
        assert header in outline.texts
    assert outline.texts.count("Sign-ups") == MAX_ROWS


def test_experiments_without_an_iteration_have_empty_cells() -> None:
    bare = experiment_json()
    del bare["currentIteration"]
    outline = shown(decode(ExperimentCollectionRep, {"items": [bare]}))
    assert "checkout" in outline.texts
    assert "running" not in outline.texts


def test_the_html_of_a_large_model_is_bounded() -> None:
    grown: dict[str, Any] = {f"k{n}": list(range(50)) for n in range(50)}
    for _ in range(3):
        grown = {f"k{n}": grown for n in range(20)}
    source = to_html(experiment(grown=grown, text="x" * 10**6, many=[{"a": 1}] * 10**5))
    assert len(source) < 400_000
    Outline(source)


def test_the_html_of_a_deep_model_is_bounded() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = {"deeper": deep}
    outline = shown(experiment(deep=deep))
    assert "end" not in outline.texts
    assert "…" in outline.texts


def test_long_text_is_cut_in_the_middle() -> None:
    outline = shown(experiment(name="begin" + "x" * 1000 + "end"))
    name = max(outline.texts, key=len)
    assert name.startswith("beginx")
    assert name.endswith("end")
    assert "…" in name
    assert len(name) == MAX_TEXT


def test_results_are_a_table_of_treatments() -> None:
    outline = shown(results(("control", "bold"), (0.106299, 0.12449)))
    for text in ("control", "bold", "0.1063", "0.1245", "0.112 to 0.1369", "66.7 %", "1001"):
        assert text in outline.texts, text
    assert {"title": "0.12449"} in outline.named("span")
    assert "Sample-ratio" not in outline.text


def test_a_change_is_told_in_per_cent_or_as_a_ratio() -> None:
    plain, bounds = display_text.plain_percent_text, display_text.change_interval_text
    assert display_text.signed_percent_text(100) == "101x"
    assert [plain(0.125), plain(100), plain(-1234)] == ["+12.5 %", "+10,000 %", "-123,400 %"]
    assert plain(None) == "no data"
    assert bounds(10, 200) == "11x to 201x"
    assert bounds(10, 200, ratio=False) == "+1000.0 % to +20,000 %"
    assert bounds(200, math.inf, ratio=False) == "+20,000 % or more"


def test_a_p_value_is_told() -> None:
    assert display_text.p_value_text(None) == "no p-value"
    assert display_text.p_value_text(0.00001) == "p < 0.0001"
    assert display_text.p_value_text(0.0123) == "p = 0.012"


@pytest.mark.parametrize(
    ("probability", "warned"), [(0.98, False), (0.99, True), (1.0, True), (math.nan, False)]
)
def test_a_mismatch_above_the_threshold_shows_a_warning(probability: float, warned: bool) -> None:
    assert ("Sample-ratio mismatch" in shown(results(mismatch=probability)).text) is warned


def test_results_without_figures_say_so() -> None:
    sent = results_json(("a", "b"), (None, 0.1), mismatch=None)
    sent["treatmentResults"][1] |= {"mean": math.nan, "pBest": None, "credibleInterval": None}
    outline = shown(decode(ExperimentBayesianResultsRep, sent))
    assert outline.texts.count("no data") == 6
    Outline(to_html(ExperimentBayesianResultsRep()))
    assert "no items" in shown(decode(ExperimentBayesianResultsRep, {"treatmentResults": []})).texts


def test_legacy_totals_carry_the_names_of_the_variations() -> None:
    outline = shown(legacy(("control", None, "bold")))
    assert outline.texts.count("control") == 2
    assert "improvement" in outline.texts
    assert shown(ExperimentResults()).texts == ["ExperimentResults"]


def test_relative_links_use_the_configured_host(monkeypatch: pytest.MonkeyPatch) -> None:
    links = {"own": "/api/v2/x?a=1", "network": "//example.com/x", "script": "javascript:x"}
    sent = experiment(_links={name: {"href": href} for name, href in links.items()})
    monkeypatch.setattr(display.options, "link_host", "https://app.launchdarkly.com/")
    anchors = shown(sent).named("a")
    assert {a["href"] for a in anchors} == {"https://app.launchdarkly.com/api/v2/x?a=1"}
    monkeypatch.setattr(display.options, "link_host", "javascript:alert(1)//")
    assert shown(sent).named("a") == []


def test_differences_name_their_treatments_and_are_per_cent() -> None:
    outline = shown(results(("control", "bold"), (0.1, 0.12)))
    assert {"relative to", "90 % bounds", "+10.0 % to +30.0 %"} <= set(outline.texts)
    assert outline.texts.count("control") == outline.texts.count("bold") == 2
    unchecked: Any = RelativeDifferenceRep
    odd = [
        unchecked(from_treatment_id=["a"], lower=0.1, _check_type=False),
        unchecked(from_treatment_id="gone", _check_type=False),
    ]
    sent: Any = ExperimentBayesianResultsRep
    nobody = sent(treatment_results=["b", TreatmentResultRep()], _check_type=False)
    assert "b" in shown(nobody).texts
    nobody.treatment_results.pop(0)
    nobody.treatment_results[0]._data["relativeDifferences"] = odd
    assert {"gone", "a", "+10.0 % to no data", "no data"} <= set(shown(nobody).texts)


def test_intervals_are_headed_by_their_level() -> None:
    counts = {name: Arm(units=100, conversions=10) for name in ("control", "bold")}
    outline = shown(bayesian_results(counts, level=0.95))
    assert {"95 % credible interval", "95 % bounds"} <= set(outline.texts)


def test_settings_are_a_table_of_units() -> None:
    settings = decode(
        ExperimentationSettingsRep,
        {"randomizationUnits": [{"randomizationUnit": "user", "default": True}, {"x": 1}]},
    )
    outline = shown(settings)
    for text in ("randomization_unit", "user", "default", "True", "x", "1"):
        assert text in outline.texts


def test_arrays_are_shown_by_their_items() -> None:
    outline = shown(Instructions([Instruction(kind="startIteration"), Instruction(kind="x")]))
    assert {"Instructions", "kind", "startIteration"} <= set(outline.texts)
    assert "no items" in shown(Instructions([])).texts
    unchecked: Any = Instructions
    assert "odd" in shown(unchecked("odd", _check_type=False)).texts


def test_models_without_validation_have_html() -> None:
    odd = Experiment._from_openapi_data(
        key=1,
        name=None,
        maintainer_id=(),
        creation_date="soon",
        links=7,
        current_iteration=[],
        _check_type=False,
    )
    outline = Outline(to_html(odd))
    assert {"soon", "7", "[]", "None"} <= set(outline.texts)
    collection: Any = ExperimentCollectionRep
    link: Any = Link
    Outline(to_html(collection(items=[odd], _check_type=False)))
    Outline(to_html(link(href=5, _check_type=False)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "no data"),
        (math.nan, "no data"),
        (True, "no data"),
        (0.0, "0"),
        (0.12449392, "0.1245"),
        (912.3456, "912.3"),
        (1234.5, "1,234"),
        (10**12, "1e+12"),
        (0.00001234, "1.23e-05"),
        (-5.0, "-5"),
        (math.inf, "inf"),
        (10**400, "inf"),
        (-(10**400), "-inf"),
    ],
)
def test_numbers_are_short(value: Any, text: str) -> None:
    assert display_text.number_text(value) == text


@pytest.mark.parametrize(
    ("fraction", "sign", "text"),
    [
        (None, False, "no data"),
        (0.0, False, "0.0 %"),
        (1.0, False, "100.0 %"),
        (0.0004, False, "<0.1 %"),
        (0.9999, False, ">99.9 %"),
        (0.0004, True, "+0.04 %"),
        (-0.0004, True, "-0.04 %"),
        (-0.00001, True, "-0.001 %"),
        (1e-12, True, "+1e-10 %"),
        (-0.0, True, "+0.0 %"),
        (0.125, True, "+12.5 %"),
        (-0.3, True, "-30.0 %"),
        (100, True, "101x"),
        (150, False, "15,000 %"),
        (1e-12, False, "<0.1 %"),
        (4e14, True, "4e+14x"),
    ],
)
def test_a_probability_below_one_never_reads_as_certain(
    fraction: float | None, sign: bool, text: str
) -> None:
    assert display_text.percent_text(fraction, sign=sign) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (100.003, 100.016, "100.003 to 100.016"),
        (1233.9, 1234.9, "1,233.9 to 1,234.9"),
        (0.0914, 0.1093, "0.0914 to 0.1093"),
        (1.00001e12, 1.00002e12, "1.00001e+12 to 1.00002e+12"),
        (5, 5, "5 to 5"),
        (-0.0, math.inf, "0 to inf"),
        (1e300, -(10**400), "1e+300 to -inf"),
        (None, 0.2, "no data to 0.2"),
    ],
)
def test_the_ends_of_an_interval_have_enough_digits_to_differ(
    low: Any, high: Any, text: str
) -> None:
    assert display_text.interval_text(low, high) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.055, 0.08, "+5.5 % to +8.0 %"),
        (-0.5, 1968, "0.5x to 1,969x"),
        (32.25, 1967, "33x to 1,968x"),
        (99.9, 100.5, "101x to 102x"),
        (-math.inf, 0.5, "+50.0 % or less"),
        (-0.1, math.inf, "-10.0 % or more"),
        (-math.inf, math.inf, "without bounds"),
        (None, 200.0, "no data to 201x"),
        (None, None, "no data"),
        (98.7, 100.2, "100x to 101x"),
        (-0.5, 100.0, "0.5x to 101x"),
    ],
)
def test_the_bounds_of_a_change_have_one_unit(low: Any, high: Any, text: str) -> None:
    assert display_text.change_interval_text(low, high) == text


def test_small_differences_have_enough_digits_to_differ() -> None:
    text = display_text.change_interval_text(0.00004, 0.00016)
    assert text == "+0.004 % to +0.016 %"
    sent = results(("a", "b"), (100.01, 100.02))
    interval = sent.treatment_results[0].credible_interval
    interval.lower, interval.upper = 100.003, 100.016
    assert {"100.01", "100.003 to 100.016"} <= set(shown(sent).texts)


numbers = st.one_of(st.none(), st.floats(), st.integers())
texts = st.text(max_size=12)
anything = st.recursive(
    st.one_of(numbers, texts, st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(extra=st.dictionaries(texts, anything, max_size=5), mean=numbers, names=st.lists(texts))
def test_any_response_has_html(extra: dict[str, Any], mean: float | None, names: list[str]) -> None:
    sent = results_json(names, [0.1] * len(names))
    for treatment in sent["treatmentResults"]:
        treatment |= {"mean": mean, "pBest": mean, "extra": extra}
    source = to_html(decode(ExperimentBayesianResultsRep, {**extra, **sent}))
    source.encode()
    Outline(source)


def test_importing_models_does_not_import_the_renderer() -> None:
    code = (
        "import sys; from launchdarkly_api.models import Experiment;"
        "assert 'launchdarkly_api._display.html' not in sys.modules;"
        "Experiment('k', 'n', 'm', 0, {})._repr_html_();"
        "assert 'launchdarkly_api._display.html' in sys.modules;"
        "assert not {'pandas', 'matplotlib', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@browser.needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_shows_readable_html_and_runs_no_script(
    tmp_path: Path, theme: browser.Theme
) -> None:
    sent = experiment_json(names=(NASTY, NASTY)) | {NASTY: {NASTY: [NASTY]}}
    sent |= {"name": NASTY, "_links": {"a": {"href": "javascript:window.hacked=1"}}}
    sent["_links"]["web"] = {"href": "https://example.com/?<script>"}
    source = browser.page(
        to_html(decode(Experiment, sent)),
        to_html(results(LONG_NAMES, [0.1] * 12, mismatch=1.0)),
        to_html(decode(ExperimentCollectionRep, {"items": [sent] * 3})),
        to_html(legacy(LONG_NAMES, 2)),
    )
    found = browser.inspect(tmp_path, source, theme)
    assert found["texts"] > 300
    assert found["unreadable"] == []
    assert found["hacked"] is None
    assert found["scripts"] == 0
    assert {link.split("?")[0] for link in found["links"]} == {"https://example.com/"}
