"""Reports: an experiment with the results of all its metrics, as frames, pictures and text."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.text import shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.decisions import Rules
from launchdarkly_api.notebook.figures import Results, mismatch_of
from launchdarkly_api.notebook.findings import Outcome
from launchdarkly_api.notebook.forests import rows_of
from launchdarkly_api.notebook.frames import (
    COMPUTED,
    DIFFERENCES,
    RESULTS,
    TEXT,
    Columns,
    difference_rows,
    result_rows,
    typed_frame,
)
from launchdarkly_api.notebook.markdown import report_markdown
from launchdarkly_api.notebook.pages import (
    report_document,
    report_page,
    reports_document,
    reports_page,
)
from launchdarkly_api.notebook.panels import Panels, draw_panels
from launchdarkly_api.notebook.portfolio import PORTFOLIO, portfolio_row
from launchdarkly_api.notebook.summaries import FINDINGS, Summary, summarize
from launchdarkly_api.notebook.wording import failure_text

if TYPE_CHECKING:
    from launchdarkly_api.notebook.pictures import Picture
else:
    # Programs read annotations at run time too.
    Picture = Any

#: Yields the rows of a frame for the results of one metric.
RowsOf: TypeAlias = Callable[[Results, Experiment], Iterable[Sequence[Any]]]


@dataclass(frozen=True, repr=False)
class ExperimentReport:
    """An experiment and the results of its metrics, created by ``report`` and ``reports``.

    Jupyter shows all of it: the summary, a picture per metric, and the figures.
    """

    #: The experiment, with its treatments and secondary metrics.
    experiment: Experiment
    #: The metrics, the primary one first.
    metrics: tuple[facts.Metric, ...]
    #: The results of each metric, or the exception if they could not be fetched.
    outcomes: Mapping[str, Outcome]
    #: The time of fetching, in UTC.
    fetched_at: datetime.datetime
    #: Whether less (True) or more (False) of a metric is better. The service does not send it.
    lower_is_better: Mapping[str, bool] = field(default_factory=dict)
    #: The units of the metrics. The service does not send them either.
    unit: Mapping[str, str] = field(default_factory=dict)
    #: The conditions under which the experiment can be decided.
    rules: Rules = field(default_factory=Rules)

    @property
    def results(self) -> dict[str, ExperimentBayesianResultsRep]:
        """The Bayesian results that could be fetched, by the metric's key.

        ``known`` has the frequentist ones as well, which only ``report_of`` takes.
        """
        known = self.known
        return {k: v for k, v in known.items() if isinstance(v, ExperimentBayesianResultsRep)}

    @property
    def known(self) -> dict[str, Results]:
        """All results that could be fetched or were given, by the metric's key."""
        return {k: v for k, v in self.outcomes.items() if not isinstance(v, Exception)}

    @property
    def errors(self) -> dict[str, Exception]:
        """The exceptions of the metrics without results, by the metric's key."""
        return {k: v for k, v in self.outcomes.items() if isinstance(v, Exception)}

    @property
    def treatments(self) -> pd.DataFrame:
        """The rows of ``results_frame`` for all metrics, after a column with the metric's key.

        ``attrs["probability_of_mismatch"]`` maps the metrics' keys to that probability.
        """
        return self._stacked(RESULTS, result_rows)

    @property
    def differences(self) -> pd.DataFrame:
        """The rows of ``differences_frame`` for all metrics, after a column with the metric's key.

        ``attrs["computed"]`` explains the columns that the service does not send.
        """
        frame = self._stacked(DIFFERENCES, difference_rows)
        frame.attrs["computed"] = dict(COMPUTED)
        return frame

    def _stacked(self, columns: Columns, rows: RowsOf) -> pd.DataFrame:
        stacked = ((metric, *row) for metric, row in self._rows(rows))
        frame = typed_frame({"metric": TEXT, **columns}, stacked)
        frame.attrs["probability_of_mismatch"] = {
            metric: mismatch_of(results, self.experiment) for metric, results in self.known.items()
        }
        return frame

    def _rows(self, rows: RowsOf) -> Iterator[tuple[str, Sequence[Any]]]:
        for metric, results in self.known.items():
            for row in rows(results, self.experiment):
                yield metric, row

    def plot(self, metric: str | None = None) -> Picture:
        """Draw means, differences and probabilities of being best side by side.

        Args:
            metric: The key of the metric to draw; all of them by default, one below the other.

        Returns:
            A matplotlib figure that pyplot does not manage, so that it never stays open.

        Raises:
            ValueError: The report has no such metric.
        """
        wanted = [m for m in self.metrics if metric in (None, m.key)]
        if metric is not None and not wanted:
            known = ", ".join(repr(m.key) for m in self.metrics) or "no metrics"
            raise ValueError(f"metric {metric!r} is not in this report, which has {known}")
        picture = draw_panels([self._panels(m) for m in wanted])
        findings = {f.metric.key: f.statement for f in self.summary().findings}
        picture.alt = "; ".join(f"{m.name}: {findings[m.key]}" for m in wanted)
        return picture

    def _panels(self, metric: facts.Metric) -> Panels:
        outcome, failure = self.outcomes[metric.key], None
        if isinstance(outcome, Exception):
            failure, outcome = failure_text(outcome), _NO_RESULTS
        return Panels(
            metric,
            rows_of(outcome, self.experiment),
            self.unit.get(metric.key),
            self.lower_is_better.get(metric.key),
            failure,
        )

    def summary(self) -> Summary:
        """Return the leader of each metric, with its certainty and reasons for doubt, in words."""
        return summarize(
            *(self.experiment, self.outcomes, self.metrics, self.lower_is_better),
            rules=self.rules,
            at=self.fetched_at,
        )

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the report as an HTML document, which needs no other files.

        Args:
            path: The file to write it to, if any.

        Returns:
            The document. It follows the colour scheme of the reader.
        """
        return _written(report_document(self), path)

    def to_markdown(self) -> str:
        """Return the summary and the figures of each treatment in GitHub's Markdown."""
        return report_markdown(self)

    def __repr__(self) -> str:
        key, metrics = self.experiment.key, [m.key for m in self.metrics]
        reasons = (f"{key!r} ({failure_text(error)})" for key, error in self.errors.items())
        failed = f", without results: {shortened(', '.join(reasons), 400)}" if self.errors else ""
        return f"<ExperimentReport of {key!r}, metrics: {metrics!r}{failed}>"

    def _repr_html_(self) -> str:
        return report_page(self)


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


_NO_RESULTS = ExperimentBayesianResultsRep()


@dataclass(frozen=True, repr=False)
class Reports(Mapping[str, ExperimentReport]):
    """The reports of several experiments by their keys: of ``reports``, or of your own mapping."""

    by_key: Mapping[str, ExperimentReport]
    #: The exceptions of experiments that could not be decoded, by the experiment's key.
    unreadable: Mapping[str, Exception] = field(default_factory=dict)

    def __getitem__(self, key: str) -> ExperimentReport:
        return self.by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)

    @property
    def errors(self) -> dict[tuple[str, str | None], Exception]:
        """All exceptions, by the keys of the experiment and the metric.

        The metric is None if the experiment itself could not be decoded.
        """
        of_metrics: dict[tuple[str, str | None], Exception] = {
            (key, metric): error
            for key, report in self.items()
            for metric, error in report.errors.items()
        }
        return of_metrics | {(key, None): error for key, error in self.unreadable.items()}

    @property
    def frame(self) -> pd.DataFrame:
        """One row per experiment, with the conclusion from its first metric.

        ``days`` is the duration of the iteration until its end or, if it is running, until the time
        of fetching; ``units`` is the number of units in all treatments together; ``lift``,
        ``rel_low`` and ``rel_high`` are the difference of the leader from the baseline or, if the
        baseline leads, of its closest rival, which ``compared`` names; ``ready`` says whether the
        experiment can be decided; ``against`` lists reasons not to rely on the result.
        """
        return typed_frame(PORTFOLIO, map(portfolio_row, self.values()))

    @property
    def findings(self) -> pd.DataFrame:
        """One row per experiment and metric: the frame of each summary, after a column ``key``."""
        rows = ((key, *row) for key, report in self.items() for row in report.summary().rows())
        return typed_frame({"key": TEXT, **FINDINGS}, rows)

    @property
    def treatments(self) -> pd.DataFrame:
        """The ``treatments`` of all reports, after a column ``key`` with the experiment's key."""
        return self._stacked(RESULTS, result_rows)

    @property
    def differences(self) -> pd.DataFrame:
        """The ``differences`` of all reports, after a column ``key`` with the experiment's key."""
        frame = self._stacked(DIFFERENCES, difference_rows)
        frame.attrs["computed"] = dict(COMPUTED)
        return frame

    def _stacked(self, columns: Columns, rows: RowsOf) -> pd.DataFrame:
        stacked = (
            (key, metric, *row)
            for key, report in self.items()
            for metric, row in report._rows(rows)
        )
        return typed_frame({"key": TEXT, "metric": TEXT, **columns}, stacked)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the table of experiments as an HTML document, as ``ExperimentReport.to_html``."""
        return _written(reports_document(self, self.unreadable), path)

    def __repr__(self) -> str:
        bad = ", ".join(self.unreadable)
        unreadable = f"; not readable: {shortened(bad, 200)}" if bad else ""
        return (
            f"<Reports of {len(self)} experiments: {shortened(', '.join(self), 200)}{unreadable}>"
        )

    def _repr_html_(self) -> str:
        return reports_page(self, self.unreadable)
