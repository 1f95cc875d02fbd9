"""The traffic of a sandbox as LaunchDarkly's warehouse Data Export: Parquet files, by table."""

from __future__ import annotations

import csv
import datetime
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from launchdarkly_api._support.distribution import missing
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Project
from launchdarkly_api.sandbox.state.store import State
from launchdarkly_api.sandbox.state.traffic import Exposure

#: The columns of each table, and their types in DuckDB.
TABLES: dict[str, dict[str, str]] = {
    "evaluation_events": {
        "event_id": "VARCHAR",
        "flag_key": "VARCHAR",
        "context_key": "VARCHAR",
        "context_kind": "VARCHAR",
        "context_attributes": "VARCHAR",
        "variation_id": "VARCHAR",
        "variation_value": "VARCHAR",
        "reason_kind": "VARCHAR",
        "reason_detail": "VARCHAR",
        "experiment_iteration_id": "VARCHAR",
        "received_time": "TIMESTAMPTZ",
        "environment_id": "VARCHAR",
        "export_key": "VARCHAR",
    },
    "metric_events": {
        "event_id": "VARCHAR",
        "event_key": "VARCHAR",
        "context_key": "VARCHAR",
        "context_kind": "VARCHAR",
        "event_value": "DOUBLE",
        "received_time": "TIMESTAMPTZ",
        "environment_id": "VARCHAR",
        "export_key": "VARCHAR",
    },
    "experiment_iterations": {
        "experiment_iteration_id": "VARCHAR",
        "experiment_id": "VARCHAR",
        "experiment_key": "VARCHAR",
        "experiment_name": "VARCHAR",
        "project_key": "VARCHAR",
        "environment_key": "VARCHAR",
        "environment_id": "VARCHAR",
        "status": "VARCHAR",
        "randomization_unit": "VARCHAR",
        "started_at": "TIMESTAMPTZ",
        "ended_at": "TIMESTAMPTZ",
    },
    "experiment_arm_parameters": {
        "experiment_iteration_id": "VARCHAR",
        "arm_id": "VARCHAR",
        "arm_name": "VARCHAR",
        "is_control": "BOOLEAN",
        "allocation_percent": "DOUBLE",
        "flag_key": "VARCHAR",
        "variation_id": "VARCHAR",
    },
    "flag_variations": {
        "project_key": "VARCHAR",
        "flag_key": "VARCHAR",
        "variation_id": "VARCHAR",
        "variation_name": "VARCHAR",
        "variation_value": "VARCHAR",
    },
}

Row = tuple[Any, ...]

#: Attributes that each unit has, so that there are segments to look at.
COUNTRIES = ("de", "fr", "jp", "us")
PLANS = ("free", "free", "free", "pro")


def export(state: State, folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Write all experiments and their traffic.

    Args:
        state: The state of a sandbox.
        folder: The folder, which is created if necessary. Files of an earlier export are replaced.

    Returns:
        The file of each table.

    Raises:
        ImportError: DuckDB is not installed.
        OSError: A file cannot be written.
    """
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise ImportError(missing("An export", "duckdb", "analysis"), name=error.name) from None
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with state.lock:
        rows = _rows(state)
        with duckdb.connect() as connection, tempfile.TemporaryDirectory() as scratch:
            connection.execute("SET TimeZone = 'UTC'")
            return {
                table: _written(connection, table, rows[table](), target, Path(scratch))
                for table in TABLES
            }


def _written(connection: Any, table: str, rows: Iterable[Row], target: Path, scratch: Path) -> Path:
    """Write the rows of a table. DuckDB reads text faster than it takes rows one by one."""
    text, path = scratch / f"{table}.csv", target / f"{table}.parquet"
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TABLES[table].items())
    relation = connection.sql(
        "FROM read_csv($file, auto_detect = false, header = false, delim = ',', quote = '\"',"
        f" escape = '\"', parallel = false, columns = {{{columns}}})",
        params={"file": str(text)},
    )
    relation.write_parquet(str(path))
    return path


def _rows(state: State) -> dict[str, Callable[[], Iterator[Row]]]:
    iterations = [
        (state.projects[experiment.project_key], experiment, iteration)
        for by_key in state.experiments.values()
        for experiment in by_key.values()
        for iteration in experiment.iterations
    ]
    return {
        "evaluation_events": lambda: (
            row for place in iterations for row in _evaluations(state, *place)
        ),
        "metric_events": lambda: (row for place in iterations for row in _events(state, *place)),
        "experiment_iterations": lambda: (_iteration(*place) for place in iterations),
        "experiment_arm_parameters": lambda: (
            row for _, _, iteration in iterations for row in _arms(iteration)
        ),
        "flag_variations": lambda: (
            row for project in state.projects.values() for row in _variations(project)
        ),
    }


def environment_id(project_key: str, environment_key: str) -> str:
    """The client-side ID of an environment, which the sandbox derives from its key."""
    return _id(project_key, environment_key)


def _id(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:24]


def _time(at: int | None) -> str | None:
    if at is None:
        return None
    return datetime.datetime.fromtimestamp(at // 1000, datetime.timezone.utc).strftime(
        f"%Y-%m-%d %H:%M:%S.{at % 1000:03}+00"
    )


def _attributes(unit: str) -> str:
    code = zlib.crc32(unit.encode())
    country, plan = COUNTRIES[code % len(COUNTRIES)], PLANS[code // 7 % len(PLANS)]
    return json.dumps({"country": country, "plan": plan})


def _evaluations(
    state: State, project: Project, experiment: Experiment, iteration: Iteration
) -> Iterator[Row]:
    place = environment_id(project.key, experiment.environment_key)
    served: dict[str, list[tuple[str, str, str]]] = {
        treatment.id: [
            (parameter.flag_key, parameter.variation_id, json.dumps(variation.value))
            for parameter in treatment.parameters
            for variation in project.flags[parameter.flag_key].variations
            if variation.id == parameter.variation_id
        ]
        for treatment in iteration.treatments
    }
    for number, exposure in enumerate(_exposures(state, iteration)):
        event = _id(iteration.id, "exposure", number)
        for flag_key, variation_id, value in served[exposure.treatment_id]:
            yield (
                event,
                flag_key,
                exposure.unit,
                iteration.randomization_unit,
                _attributes(exposure.unit),
                variation_id,
                value,
                "FALLTHROUGH",
                '{"in_experiment": true}',
                iteration.id,
                _time(exposure.at),
                place,
                _id(event, flag_key),
            )


def _exposures(state: State, iteration: Iteration) -> Iterator[Exposure]:
    """The exposures that count for any of the metrics."""
    sources = [state.sources_of(iteration.id, metric) for metric in iteration.metrics]
    most = max((each.sources for each in sources), key=len)
    return (exposure for source in most for exposure in source.exposed())


def _events(
    state: State, project: Project, experiment: Experiment, iteration: Iteration
) -> Iterator[Row]:
    place = environment_id(project.key, experiment.environment_key)
    for metric in iteration.metrics:
        sources = state.sources_of(iteration.id, metric).sources
        events = (event for source in sources for event in source.events_of(metric))
        for number, event in enumerate(events):
            key = _id(iteration.id, metric, number)
            value = event.value if project.metrics[metric].numeric else None
            yield (
                key,
                metric,
                event.unit,
                iteration.randomization_unit,
                value,
                _time(event.at),
                place,
                _id(key, place),
            )


def _iteration(project: Project, experiment: Experiment, iteration: Iteration) -> Row:
    return (
        iteration.id,
        experiment.id,
        experiment.key,
        experiment.name,
        project.key,
        experiment.environment_key,
        environment_id(project.key, experiment.environment_key),
        iteration.status,
        iteration.randomization_unit,
        _time(iteration.started_at),
        _time(iteration.ended_at),
    )


def _arms(iteration: Iteration) -> Iterator[Row]:
    for treatment in iteration.treatments:
        for parameter in treatment.parameters:
            yield (
                iteration.id,
                treatment.id,
                treatment.name,
                treatment.baseline,
                treatment.allocation_percent,
                parameter.flag_key,
                parameter.variation_id,
            )


def _variations(project: Project) -> Iterator[Row]:
    for flag in project.flags.values():
        for variation in flag.variations:
            yield (
                project.key,
                flag.key,
                variation.id,
                variation.name,
                json.dumps(variation.value),
            )
