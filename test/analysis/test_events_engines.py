"""Every engine gives the counts that the definitions give, row by row, in plain Python."""

from __future__ import annotations

import datetime
import zoneinfo
from pathlib import Path

import pytest

from launchdarkly_api.analysis import DataExport, EventMetric
from test.analysis.engines import (
    END,
    METRICS,
    REVENUE,
    SIGNUP,
    Events,
    agree,
    engines,
    expected,
    experiment,
    odd_events,
    tables,
)

# Engines warn of one another: Ibis calls deprecated methods of DuckDB, and PySpark knows pandas 2.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module")
def events() -> Events:
    return odd_events()


@pytest.fixture(params=list(engines()))
def export(request: pytest.FixtureRequest, events: Events, tmp_path: Path) -> DataExport:
    return DataExport(*tables(events, request.param, tmp_path), experiment())


def test_every_engine_gives_the_counts_of_the_definitions(
    export: DataExport, events: Events
) -> None:
    counts = export.arms(METRICS)
    assert list(counts) == [metric.key for metric in METRICS]
    for metric in METRICS:
        arms, crossovers = expected(events, metric)
        agree(counts[metric.key], arms)
        assert counts[metric.key].crossovers == crossovers > 0
        assert counts[metric.key].unassigned == 1


def test_every_engine_gives_the_same_segments(export: DataExport, events: Events) -> None:
    segments = export.arms_by_segment(REVENUE, "plan")
    assert set(segments) == {"free", 'Größe "L"', "3", "true", None}
    for plan, counts in segments.items():
        arms, crossovers = expected(events, REVENUE, plan=plan)
        agree(counts, arms)
        assert counts.crossovers == crossovers


@pytest.mark.parametrize(
    "metric", [SIGNUP, REVENUE, METRICS[-1]], ids=lambda metric: str(metric.key)
)
def test_every_engine_gives_the_same_days(
    export: DataExport, events: Events, metric: EventMetric
) -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    days = export.arms_by_day(metric, time_zone="Europe/Berlin")
    assert max(days) == datetime.date(2026, 10, 27)
    # The clocks went back on the 25th, so that this day has 25 hours.
    for day in (22, 25, 26, 27):
        date = datetime.date(2026, 10, day)
        midnight = datetime.datetime.combine(
            date + datetime.timedelta(days=1), datetime.time(), berlin
        )
        agree(days[date], expected(events, metric, until=min(midnight, END))[0])
    agree(days[max(days)], expected(events, metric)[0])


def test_every_engine_reports_the_same_times(export: DataExport, events: Events) -> None:
    counts = export.arms(SIGNUP)["signup"]
    # An early exposure names the iteration, so it counts, whenever the iteration started.
    assert counts.first_exposure == datetime.datetime(
        2026, 9, 20, 22, 15, tzinfo=datetime.timezone.utc
    )
    assert counts.last_exposure is not None
    assert counts.last_exposure < END
    assert counts.last_event is not None
    assert counts.last_event < END
