"""A page for browsers: experiments with their results, projects, and the last requests.

The page uses the building blocks of HTML and the formats of numbers that notebooks use. They know
nothing of the client or the contract, so that the sandbox stays independent of both.
"""

from __future__ import annotations

import logging

from launchdarkly_api._display.html import (
    document,
    isolated,
    muted,
    prose,
    rest,
    table,
    time_html,
    warning,
)
from launchdarkly_api._display.text import (
    interval_text,
    mismatch_text,
    number_text,
    percent_text,
    width_of,
)
from launchdarkly_api.sandbox.http.log import RecordedRequest, RequestLog
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.results import ArmResult
from launchdarkly_api.sandbox.state.records import Experiment, Flag, Metric, Project

#: More would make the page slow to compute and long to read.
SHOWN_EXPERIMENTS = 10
SHOWN_REQUESTS = 30

#: No script, no image, no frame around the page, and no address of it for other pages.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

logger: logging.Logger = logging.getLogger("launchdarkly_api.sandbox")

_STYLE = """
& { --good: #0b6b3a; --bad: #a3261b; }
@media (prefers-color-scheme: dark) { & { --good: #62c795; --bad: #ff8d80; } }
& h1 { font-size: 1.5rem; margin: 0; }
& h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
& h3 { font-size: 1rem; margin: .7rem 0 .3rem; }
& bdi { display: inline; overflow-wrap: anywhere; }
& td { min-width: 4rem; }
& p { margin: .3rem 0; }
& code { font: 13px/1.4 ui-monospace, monospace; }
& table { width: 100%; }
& caption { font-weight: normal; padding-top: .5rem; }
& td:last-child, & th:last-child { padding-right: 0; }
& th.number { width: 16%; }
& td.number { font-variant-numeric: tabular-nums; }
& .wide { overflow-x: auto; }
& .good { color: var(--good); } & .bad { color: var(--bad); }
& section { border: 1px solid rgba(128, 128, 128, .35); border-radius: 6px;
  padding: 0 1rem .7rem; margin: 1rem 0; }
"""


def _code(text: object) -> str:
    return f"<code>{isolated(text)}</code>"


def _wide(contents: str) -> str:
    """Wrap a table, so that it scrolls by itself if the window is too narrow for it."""
    return f'<div class="wide">{contents}</div>'


def _none(text: str) -> str:
    return f"<p>{muted(text)}</p>"


def _time(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else time_html(milliseconds)


def _project(project: Project) -> str:
    flags = table(map(_flag, project.flags.values()), ("Flag", "Environments", "Variations"))
    units = ", ".join(
        f"{_code(unit.key)}{' (default)' if unit.default else ''}" for unit in project.units
    )
    return (
        f"<section><h3>{isolated(project.name)} {_code(project.key)}</h3>"
        f"<p>Environments: {', '.join(map(_code, project.environments))}"
        f"<br>Metrics: {', '.join(map(_metric, project.metrics.values())) or '–'}"
        f"<br>Randomization units: {units}</p>"
        f"{_wide(flags) if project.flags else _none('No flags.')}</section>"
    )


def _flag(flag: Flag) -> tuple[str, ...]:
    return (
        f"{_code(flag.key)}{' (archived)' if flag.archived else ''}",
        "<br>".join(
            f"{isolated(key)}: {'on' if config.on else 'off'}, version&nbsp;{config.version}"
            for key, config in flag.configs.items()
        ),
        "<br>".join(f"{isolated(v.name)} {_code(v.id)}" for v in flag.variations),
    )


def _metric(metric: Metric) -> str:
    kind = "numeric" if metric.numeric else "conversion"
    return f"{_code(metric.key)} ({kind}{', lower is better' if metric.lower_is_better else ''})"


def _experiment(calls: Calls, project: Project, experiment: Experiment) -> str:
    iteration = experiment.current
    archived = " · archived" if experiment.archived_date is not None else ""
    draft = " · has a draft" if experiment.draft is not None else ""
    return (
        f"<section><h3>{isolated(experiment.name)} {_code(experiment.key)}</h3>"
        f"<p>{isolated(experiment.project_key)} / {isolated(experiment.environment_key)} ·"
        f" <b>{iteration.status}</b>, iteration {iteration.number}{draft}{archived} ·"
        f" started {_time(iteration.started_at)} · ended {_time(iteration.ended_at)}</p>"
        f"<p>{isolated(iteration.hypothesis)}</p>"
        f"{''.join(_results(calls, project, experiment, key) for key in iteration.metrics)}"
        "</section>"
    )


def _results(calls: Calls, project: Project, experiment: Experiment, metric_key: str) -> str:
    primary = metric_key == experiment.current.primary_metric
    metric = f"{'Primary' if primary else 'Secondary'} metric {_code(metric_key)}"
    try:
        found = calls.results(project, experiment, metric_key)
    except Exception:
        logger.exception("results of %s for %s failed", experiment.key, metric_key)
        return (
            f'<p>{metric}: <span class="bad">the results could not be computed,'
            " see the log of the sandbox</span></p>"
        )
    if found.probability_of_mismatch is None:
        return f"<p>{metric}: {muted('no traffic yet')}</p>"
    mismatch = mismatch_text(found.probability_of_mismatch)
    results = table(
        map(_arm, found.arms),
        ("Treatment", "Exposures", "Mean", "90 % interval", "P(best)"),
        caption=metric,
        numbers=frozenset(range(1, 5)),
    )
    return (warning(mismatch) if mismatch else "") + _wide(results)


def _arm(result: ArmResult) -> tuple[str, ...]:
    low, high = result.interval or (None, None)
    mean = None if result.posterior is None else result.posterior.mean
    baseline = " (baseline)" if result.arm.treatment.baseline else ""
    return (
        f"{isolated(result.arm.treatment.name)}{baseline}",
        f"{result.arm.exposures:,}",
        number_text(mean, width_of(low, high)),
        interval_text(low, high),
        prose(percent_text(result.best)),
    )


def _request(request: RecordedRequest) -> tuple[str, ...]:
    kind = "good" if 200 <= request.status < 400 else "bad"
    return (
        isolated(request.method),
        _code(request.target),
        f'<span class="{kind}">{request.status or "dropped"}</span>',
        f"{request.milliseconds:.1f}",
    )


def render(calls: Calls, requests: RequestLog) -> str:
    """Return the whole page.

    Args:
        calls: The service.
        requests: The log of the requests.

    Returns:
        The page, in HTML.
    """
    with calls.state.lock:
        projects = dict(calls.state.projects)
        experiments = [e for place in calls.state.experiments.values() for e in place.values()]
    newest = sorted(experiments, key=lambda e: e.creation_date, reverse=True)
    shown = newest[:SHOWN_EXPERIMENTS]
    counts = (
        f"Projects: {len(projects)} · experiments: {len(experiments)} · requests: {len(requests)}"
    )
    log = table(
        map(_request, reversed(requests[-SHOWN_REQUESTS:])),
        ("Method", "Path", "Status", "ms"),
        numbers=frozenset((2, 3)),
    )
    return document(
        "LaunchDarkly sandbox",
        "<h1>LaunchDarkly sandbox</h1>",
        f"<p>{muted(counts)}</p>",
        "<h2>Experiments</h2>",
        *(_experiment(calls, projects[e.project_key], e) for e in shown),
        rest(len(experiments), SHOWN_EXPERIMENTS, ", older"),
        "" if shown else _none("None yet."),
        "<h2>Projects</h2>",
        *map(_project, projects.values()),
        "<h2>Last requests</h2>",
        _wide(log) if requests else _none("None yet."),
        style=_STYLE,
    )
