"""A page for browsers: projects, experiments with their results, and the last requests."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable
from html import escape

from launchdarkly_api.sandbox.http.log import RequestLog
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.results import ArmResult
from launchdarkly_api.sandbox.state.records import Experiment, Project

#: More would make the page slow to compute and long to read.
SHOWN_EXPERIMENTS = 10
SHOWN_REQUESTS = 30
SHOWN_CHARACTERS = 300

logger: logging.Logger = logging.getLogger("launchdarkly_api.sandbox")

_STYLE = """
:root { color-scheme: light dark; --line: #d5d9e0; --soft: #f3f5f8; --text: #1b2330;
        --muted: #5b6675; --good: #0b6b3a; --bad: #a3261b; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a4250; --soft: #232a35; --text: #e6eaf0; --muted: #a3adba;
          --good: #62c795; --bad: #ff8d80; background: #171c24; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); max-width: 68rem;
       margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
         vertical-align: top; }
th { background: var(--soft); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; }
.wide td { overflow-wrap: normal; min-width: 3rem; }
code { font: 13px/1.4 ui-monospace, monospace; }
.muted { color: var(--muted); } .good { color: var(--good); } .bad { color: var(--bad); }
section { border: 1px solid var(--line); border-radius: 6px; padding: 0 1rem; margin: 1rem 0; }
"""


def _shown(value: object) -> str:
    """A value as HTML text. A lone surrogate, which has no UTF-8 form, is shown escaped."""
    text = str(value)
    if len(text) > SHOWN_CHARACTERS:
        text = f"{text[:SHOWN_CHARACTERS]}…"
    # Isolated, so that a right-to-left text does not reorder the text beside it.
    return f"<bdi>{escape(text.encode('utf-8', 'backslashreplace').decode())}</bdi>"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: int = 0) -> str:
    """A table of HTML cells. The last ``numbers`` columns hold numbers."""
    heads = list(heads)
    first_number = len(heads) - numbers

    def row(tag: str, cells: Iterable[str]) -> str:
        marked = (
            f"<{tag}{' class=number' if number >= first_number else ''}>{cell}</{tag}>"
            for number, cell in enumerate(cells)
        )
        return f"<tr>{''.join(marked)}</tr>"

    body = "".join(row("td", cells) for cells in rows)
    return f"<div class=wide><table>{row('th', heads)}{body}</table></div>"


def _time(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "–"
    at = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _project(project: Project) -> str:
    flags = _table(
        ("Flag", "Environments", "Variations"),
        (
            (
                f"<code>{_shown(flag.key)}</code>{' (archived)' if flag.archived else ''}",
                "<br>".join(
                    f"{_shown(key)}: {'on' if config.on else 'off'}, version {config.version}"
                    for key, config in flag.configs.items()
                ),
                "<br>".join(
                    f"{_shown(v.name)} <code>{_shown(v.id)}</code>" for v in flag.variations
                ),
            )
            for flag in project.flags.values()
        ),
    )
    if not project.flags:
        flags = "<p class=muted>No flags.</p>"
    metrics = ", ".join(
        f"<code>{_shown(m.key)}</code> ({'numeric' if m.numeric else 'conversion'}"
        f"{', lower is better' if m.lower_is_better else ''})"
        for m in project.metrics.values()
    )
    units = ", ".join(
        f"<code>{_shown(u.key)}</code>{' (default)' if u.default else ''}" for u in project.units
    )
    return (
        f"<h3>Project <code>{_shown(project.key)}</code>: {_shown(project.name)}</h3>"
        f"<p>Environments: {', '.join(f'<code>{_shown(e)}</code>' for e in project.environments)}"
        f"<br>Metrics: {metrics or '–'}<br>Randomization units: {units}</p>{flags}"
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _arm(result: ArmResult) -> tuple[str, ...]:
    low, high = result.interval or (None, None)
    mean = None if result.posterior is None else result.posterior.mean
    best = "–" if result.best is None else f"{result.best:.1%}"
    baseline = " (baseline)" if result.arm.treatment.baseline else ""
    return (
        f"{_shown(result.arm.treatment.name)}{baseline}",
        str(result.arm.exposures),
        _figure(mean),
        f"{_figure(low)} – {_figure(high)}",
        best,
    )


def _results(calls: Calls, project: Project, experiment: Experiment, metric_key: str) -> str:
    try:
        found = calls.results(project, experiment, metric_key)
    except Exception:
        logger.exception("results of %s for %s failed", experiment.key, metric_key)
        return "<p class=bad>The results could not be computed: see the log of the sandbox.</p>"
    if found.probability_of_mismatch is None:
        return "<p class=muted>No traffic yet.</p>"
    warning = (
        f"<p class=bad>Sample-ratio mismatch: probability {found.probability_of_mismatch:.3f}</p>"
        if found.probability_of_mismatch > 0.99
        else ""
    )
    heads = ("Treatment", "Exposures", "Mean", "90 % interval", "P(best)")
    return warning + _table(heads, map(_arm, found.arms), numbers=4)


def _experiment(calls: Calls, project: Project, experiment: Experiment) -> str:
    iteration = experiment.current
    archived = " · archived" if experiment.archived_date is not None else ""
    draft = " · has a draft" if experiment.draft is not None else ""

    def measured(metric_key: str) -> str:
        rank = "Primary" if metric_key == iteration.primary_metric else "Secondary"
        return (
            f"<p>{rank} metric <code>{_shown(metric_key)}</code></p>"
            f"{_results(calls, project, experiment, metric_key)}"
        )

    return (
        f"<section><h3>{_shown(experiment.name)} <code>{_shown(experiment.key)}</code></h3>"
        f"<p class=muted>{_shown(experiment.project_key)} / {_shown(experiment.environment_key)} ·"
        f" <b>{iteration.status}</b>, iteration {iteration.number}{draft}{archived} ·"
        f" started {_time(iteration.started_at)} · ended {_time(iteration.ended_at)}</p>"
        f"<p>{_shown(iteration.hypothesis)}</p>"
        f"{''.join(map(measured, iteration.metrics))}</section>"
    )


def _status(status: int) -> str:
    return f"<span class={'good' if 200 <= status < 400 else 'bad'}>{status or 'dropped'}</span>"


def _requests(requests: RequestLog) -> str:
    rows = (
        (
            request.method,
            f"<code>{_shown(request.target)}</code>",
            _status(request.status),
            f"{request.milliseconds:.1f}",
        )
        for request in reversed(requests[-SHOWN_REQUESTS:])
    )
    return _table(("Method", "Path", "Status", "ms"), rows, numbers=2)


def render(calls: Calls, requests: RequestLog) -> str:
    """The whole page."""
    with calls.state.lock:
        projects = dict(calls.state.projects)
        experiments = [e for place in calls.state.experiments.values() for e in place.values()]
    newest = sorted(experiments, key=lambda e: e.creation_date, reverse=True)
    shown = newest[:SHOWN_EXPERIMENTS]
    more = len(experiments) - len(shown)
    counts = (
        f"Projects: {len(projects)} · experiments: {len(experiments)} · requests: {len(requests)}"
    )
    body = "".join(
        (
            "<h1>LaunchDarkly sandbox</h1>",
            f"<p class=muted>{counts}</p>",
            "<h2>Experiments</h2>",
            *(_experiment(calls, projects[e.project_key], e) for e in shown),
            f"<p class=muted>and {more} older ones</p>" if more else "",
            "" if shown else "<p class=muted>None yet.</p>",
            "<h2>Projects</h2>",
            *map(_project, projects.values()),
            "<h2>Last requests</h2>",
            _requests(requests),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>LaunchDarkly sandbox</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )
