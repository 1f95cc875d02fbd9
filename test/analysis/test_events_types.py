"""The types that columns have in practice: each gives the counts that the definitions give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.analysis import DataExport
from launchdarkly_api.exceptions import ApiValueError
from test.analysis.engines import (
    REVENUE,
    SIGNUP,
    Events,
    agree,
    expected,
    experiment,
    odd_events,
    tables,
)

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")

Convert = Callable[[Any, Path], Any]


def pandas_parquet(frame: Any, folder: Path) -> Any:
    """A file as pandas writes it, with times in nanoseconds."""
    file = folder / f"{len(list(folder.iterdir()))}.parquet"
    frame.to_pandas().astype({"received_time": "datetime64[ns, UTC]"}).to_parquet(file)
    return file


def arrow_in_nanoseconds(frame: Any, folder: Path) -> Any:
    return frame.with_columns(polars.col("received_time").dt.cast_time_unit("ns")).to_arrow()


def pandas_of_arrow(frame: Any, folder: Path) -> Any:
    return frame.to_pandas(use_pyarrow_extension_array=True)


def pandas_categories(frame: Any, folder: Path) -> Any:
    texts = [name for name, kind in frame.schema.items() if kind == polars.String]
    return frame.to_pandas().astype(dict.fromkeys(texts, "category"))


def polars_categories(frame: Any, folder: Path) -> Any:
    return frame.lazy().with_columns(polars.col(polars.String).cast(polars.Categorical))


def arrow_dictionary(frame: Any, folder: Path) -> Any:
    return frame.with_columns(polars.col(polars.String).cast(polars.Categorical)).to_arrow()


CONVERSIONS: list[Convert] = [
    pandas_parquet,
    arrow_in_nanoseconds,
    pandas_of_arrow,
    pandas_categories,
    polars_categories,
    arrow_dictionary,
]


@pytest.fixture(scope="module")
def events() -> Events:
    return odd_events()


@pytest.mark.parametrize("convert", CONVERSIONS, ids=lambda convert: str(convert.__name__))
def test_counts_do_not_depend_on_the_types_of_columns(
    events: Events, tmp_path: Path, convert: Convert
) -> None:
    frames = tables(events, "polars", tmp_path)
    evaluations, metrics = (convert(frame, tmp_path) for frame in frames)
    export = DataExport(evaluations, metrics, experiment(), progress=False)
    counts = export.arms([SIGNUP, REVENUE])
    for metric in (SIGNUP, REVENUE):
        arms, crossovers = expected(events, metric)
        agree(counts[metric.key], arms)
        assert counts[metric.key].crossovers == crossovers
    for plan, of_plan in export.arms_by_segment(REVENUE, "plan").items():
        agree(of_plan, expected(events, REVENUE, plan=plan)[0])
    days = export.arms_by_day(REVENUE)
    agree(days[max(days)], expected(events, REVENUE)[0])


@pytest.mark.parametrize("unit", ["s", "us"])
def test_integers_that_are_not_milliseconds_are_refused(
    events: Events, tmp_path: Path, unit: str
) -> None:
    time = polars.col("received_time")
    evaluations, metrics = (
        frame.with_columns(time.dt.epoch(unit)) for frame in tables(events, "polars", tmp_path)
    )
    endless = experiment(ended_at=None)
    with pytest.raises(ApiValueError, match=r"received_time holds \d+, which is not a time of our"):
        DataExport(evaluations, metrics, endless).arms(SIGNUP)
