"""``python -m test.benchmark.events``: results from exported events, beside SQL written by hand.

Exposures and half as many events are made in Parquet files, and counted by the library and by the
SQL that an expert writes in DuckDB for the same counts. Each measurement is a process of its own
with two threads. Processor seconds are compared, because machines are busy; the best of several
rounds that alternate between the two counts. Both spill to ``--folder``, which
needs 8 GB for 50 million exposures and their files.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

ITERATION = "14e2dff3-cbf9-4ffc-b99e-88c83555f4c6"
VARIATIONS = ("e4959af7-0481-4878-b9c3-a3075c1cf685", "f1a7a9c0-93c5-4b7f-8d0e-5b1b8a6e2d11")
THREADS = 2
CASES = ("conversions", "mean", "both")
SUBJECTS = ("sql", "library")

#: The time of a row, in two weeks. Adding an interval would take ten times as long.
RECEIVED = f"""make_timestamptz(
    epoch_us(TIMESTAMPTZ '2026-10-01 00:00:00+00') + i * ({14 * 86_400_000_000} // $rows)
)"""

#: Five exposures for two units; one exposure in twenty is of another context kind, and one unit in
#: two hundred crosses over.
EXPOSURES = f"""
COPY (
    SELECT to_hex(hash(i, 13)) || to_hex(hash(i, 14) >> 32) AS event_id,
        'checkout-button' AS flag_key,
        'user-' || lpad((hash(i) % $units)::VARCHAR, 9, '0') AS context_key,
        CASE WHEN hash(i, 7) % 20 = 0 THEN 'device' ELSE 'user' END AS context_kind,
        CASE WHEN (hash(hash(i) % $units, 3) % 2 = 0) <> (hash(i, 11) % 400 = 0)
            THEN $control ELSE $treatment END AS variation_id,
        $iteration AS experiment_iteration_id,
        {RECEIVED} AS received_time,
        '671874fe99197c658ae2cbd2' AS environment_id
    FROM range($rows) t(i)
) TO $file (FORMAT parquet)
"""

EVENTS = f"""
COPY (
    SELECT to_hex(hash(i, 15)) || to_hex(hash(i, 16) >> 32) AS event_id,
        CASE WHEN hash(i, 5) % 2 = 0 THEN 'signup' ELSE 'revenue' END AS event_key,
        'user-' || lpad((hash(i, 1) % $units)::VARCHAR, 9, '0') AS context_key,
        'user' AS context_kind, (hash(i, 9) % 10000) / 100.0 AS event_value,
        {RECEIVED} AS received_time,
        '671874fe99197c658ae2cbd2' AS environment_id
    FROM range($rows) t(i)
) TO $file (FORMAT parquet)
"""

UNITS = f"""
WITH units AS MATERIALIZED (
    SELECT context_key, min(received_time) AS first, min(variation_id) AS lowest,
        max(variation_id) AS highest
    FROM 'evaluation_events.parquet'
    WHERE experiment_iteration_id = '{ITERATION}' AND context_kind = 'user'
    GROUP BY context_key
)
"""

#: What an expert writes by hand. An event that was exported twice counts once in a mean.
SQL = {
    "conversions": f"""{UNITS}, converted AS (
    SELECT DISTINCT context_key FROM 'metric_events.parquet' JOIN units USING (context_key)
    WHERE event_key = 'signup' AND context_kind = 'user' AND received_time >= first
)
SELECT CASE WHEN lowest = highest THEN lowest END AS variation, count(*),
    count(converted.context_key)
FROM units LEFT JOIN converted USING (context_key) GROUP BY ALL
""",
    "mean": f"""{UNITS}, events AS (
    SELECT context_key, event_id, min(event_value) AS event_value
    FROM 'metric_events.parquet' JOIN units USING (context_key)
    WHERE event_key = 'revenue' AND context_kind = 'user' AND received_time >= first
    GROUP BY ALL
), means AS (
    SELECT context_key, avg(event_value) AS value FROM events GROUP BY context_key
)
SELECT CASE WHEN lowest = highest THEN lowest END AS variation, count(*), count(value),
    sum(value), sum(value * value)
FROM units LEFT JOIN means USING (context_key) GROUP BY ALL
""",
    "both": f"""{UNITS}, events AS (
    SELECT context_key, event_key, event_id, min(event_value) AS event_value
    FROM 'metric_events.parquet' JOIN units USING (context_key)
    WHERE event_key IN ('signup', 'revenue') AND context_kind = 'user' AND received_time >= first
    GROUP BY ALL
), means AS (
    SELECT context_key, count(*) FILTER (event_key = 'signup') AS signups,
        avg(event_value) FILTER (event_key = 'revenue') AS value
    FROM events GROUP BY context_key
)
SELECT CASE WHEN lowest = highest THEN lowest END AS variation, count(*),
    count(*) FILTER (signups > 0), count(value), sum(value), sum(value * value)
FROM units LEFT JOIN means USING (context_key) GROUP BY ALL
""",
}


def make(folder: Path, exposures: int) -> None:
    """Write the files, unless they are there."""
    for name, query, rows in (
        ("evaluation_events", EXPOSURES, exposures),
        ("metric_events", EVENTS, exposures // 2),
    ):
        file = folder / f"{name}.parquet"
        if file.exists():
            continue
        values: dict[str, Any] = {"rows": rows, "units": max(exposures * 2 // 5, 1)}
        values["file"] = str(file)
        if name == "evaluation_events":
            values |= {"iteration": ITERATION}
            values |= dict(zip(("control", "treatment"), VARIATIONS))
        with duckdb.connect() as connection:
            connection.execute(f"SET threads = {THREADS}; SET preserve_insertion_order = false")
            connection.execute(query, values)


def count_by_sql(folder: Path, case: str, memory: str) -> list[list[Any]]:
    """The counts of the treatments, of each metric, by hand-written SQL."""
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}; SET preserve_insertion_order = false")
        connection.execute("SET temp_directory = $1", [str(folder / "spill")])
        if memory:
            connection.execute("SET memory_limit = $1", [memory])
        query = SQL[case].replace("FROM '", f"FROM '{folder}/")
        rows = sorted(row for row in connection.execute(query).fetchall() if row[0] is not None)
    return [list(row[1:]) for row in rows]


def count_by_library(folder: Path, case: str) -> list[list[Any]]:
    """The same counts by the library."""
    from launchdarkly_api.analysis import DataExport, EventMetric
    from launchdarkly_api.models import Experiment, IterationRep, ParameterRep, TreatmentRep

    treatments = [
        TreatmentRep(
            name=name,
            allocation_percent="50",
            id=name,
            baseline=name == "control",
            parameters=[ParameterRep(flag_key="checkout-button", variation_id=variation)],
        )
        for name, variation in zip(("control", "treatment"), VARIATIONS)
    ]
    iteration = IterationRep(
        hypothesis="", status="running", created_at=0, id=ITERATION, treatments=treatments
    )
    experiment = Experiment(
        key="checkout",
        name="Checkout",
        maintainer_id="",
        creation_date=0,
        links={},
        current_iteration=iteration,
    )
    export = DataExport(
        folder / "evaluation_events.parquet", folder / "metric_events.parquet", experiment
    )
    assert export.connection is not None
    export.connection.execute(f"SET threads = {THREADS}")
    export.connection.execute("SET temp_directory = $1", [str(folder / "spill")])
    signup, revenue = EventMetric("signup"), EventMetric("revenue", numeric=True)
    counts = export.arms({"conversions": [signup], "mean": [revenue]}.get(case, [signup, revenue]))
    found: list[list[Any]] = []
    for name in ("control", "treatment"):
        row: list[Any] = [next(iter(counts.values())).exposed[name]]
        if "signup" in counts:
            row.append(counts["signup"][name].conversions)
        if "revenue" in counts:
            arm = counts["revenue"][name]
            row += [arm.units, arm.total, arm.total_of_squares]
        found.append(row)
    return found


def measure(folder: Path, subject: str, case: str, memory: str) -> dict[str, Any]:
    """Count once in this process."""
    duckdb.connect().close()
    wall, processor = time.perf_counter(), time.process_time()
    sql = subject == "sql"
    counts = count_by_sql(folder, case, memory) if sql else count_by_library(folder, case)
    return {
        "seconds": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "counts": counts,
    }


def agree(one: list[list[Any]], other: list[list[Any]]) -> bool:
    """Whether counts are equal, and sums but for the order in which floats were added."""
    return all(
        abs(mine - theirs) <= 1e-9 * abs(theirs)
        for row, others in zip(one, other)
        for mine, theirs in zip(row, others)
    )


def run(folder: Path, exposures: int, rounds: int, cases: Sequence[str], memory: str) -> None:
    """Measure each case, and print a row for each."""
    print(f"{exposures:,} exposures, {exposures // 2:,} events, {THREADS} threads")
    print("case         sql s (cpu)      library s (cpu)  ratio  sql GB  library GB  counts")
    for case in cases:
        best: dict[str, dict[str, Any]] = {}
        for _ in range(rounds):
            for subject in SUBJECTS:
                command = [sys.executable, "-m", "test.benchmark.events"]
                command += ["--folder", str(folder), "--measure", subject, case, memory]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout)
                if subject not in best or found["processor"] < best[subject]["processor"]:
                    best[subject] = found
        sql, library = (best[subject] for subject in SUBJECTS)
        equal = "equal" if agree(library["counts"], sql["counts"]) else "DIFFERENT"
        print(
            f"{case:12} {sql['seconds']:6.1f} ({sql['processor']:6.1f})  "
            f"{library['seconds']:6.1f} ({library['processor']:6.1f})  "
            f"{library['processor'] / sql['processor']:5.2f}  {sql['gigabytes']:6.1f}"
            f"  {library['gigabytes']:10.1f}  {equal}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exposures", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the files here for the next run")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--memory", default="", help="limit of the SQL, such as 12GiB")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.folder, *options.measure), default=float))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, options.exposures)
        run(folder, options.exposures, options.rounds, options.cases, options.memory)


if __name__ == "__main__":
    main()
