"""Reports in Markdown, for issues, chats and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from launchdarkly_api._display.text import shortened
from launchdarkly_api.notebook.pages import Report, treatment_cells

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def report_markdown(report: Report) -> str:
    """Return the summary and the figures of each treatment in GitHub's Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    summary = report.summary()
    yield f"# {_escaped(summary.title)}"
    yield ""
    for sentence in summary.against:
        yield f"- **Note:** {_escaped(sentence)}"
    for finding in summary.findings:
        yield f"- **{_escaped(finding.metric.name)}**: {_escaped(finding.statement)}"
        for sentence in finding.against:
            yield f"  - {_escaped(sentence)}"
    headers, rows = treatment_cells(report)
    if not rows:
        return
    yield ""
    yield _row(headers)
    # Figures are aligned to the right; the first two columns are text.
    yield _row(["---" if i < 2 else "---:" for i in range(len(headers))], escape=False)
    yield from map(_row, rows)


def _row(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(_escaped(cell) if escape else cell for cell in cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", shortened(" ".join(text.split()), 1000))
