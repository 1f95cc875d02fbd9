"""Writes the reference pages from the code: ``python docs/generate.py``.

It writes one page for each API class, one for each model, the index of the models, the list of
calls in the README, and the module that gathers the models. ``--check`` writes nothing, lists the
stale files, and exits with status 1 if there are any.
"""

from __future__ import annotations

import sys
from pathlib import Path

from api_page import api_page, calls_table
from markup import DOCS, MODELS
from model_pages import model_page, models_index

from launchdarkly_api import model as declarations
from launchdarkly_api._support.lazy import module_name
from launchdarkly_api.api.experiments_api import ExperimentsApi
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi

README = DOCS.parent / "README.md"
GATHERED = DOCS.parent / "launchdarkly_api" / "models" / "__init__.py"


def gathered_models() -> str:
    """The source of the module that gathers the names of all models."""
    imports: list[str] = []
    for name in sorted(MODELS, key=module_name):
        source = f"    from {declarations.__name__}.{module_name(name)} import "
        short = f"{source}{name}"
        imports.append(short if len(short) <= 100 else f"{source}(\n        {name},\n    )")
    head, _, rest = GATHERED.read_text(encoding="utf-8").partition("if TYPE_CHECKING:\n")
    _, _, tail = rest.partition("\n]\n")
    names = [f'    "{name}",' for name in MODELS]
    return "\n".join(
        [f"{head}if TYPE_CHECKING:", *imports, "", "__all__ = [", *names, f"]\n{tail}"]
    )


def readme() -> str:
    """The README with an up-to-date list of calls.

    Raises:
        ValueError: The README lacks the lines that enclose the list.
    """
    begin, end = "<!-- calls: generated -->\n", "<!-- /calls -->"
    head, found, rest = README.read_text(encoding="utf-8").partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"README.md has no lines {begin.strip()} and {end}")
    return f"{head}{begin}{calls_table(ExperimentsBetaApi, 'docs/')}\n{end}{tail}"


def pages() -> dict[Path, str]:
    """Every generated file with its up-to-date text."""
    made = {DOCS / f"{name}.md": model_page(name) for name in MODELS}
    return {
        DOCS / "ExperimentsApi.md": api_page(ExperimentsApi),
        DOCS / "ExperimentsBetaApi.md": api_page(ExperimentsBetaApi),
        DOCS / "models.md": models_index(),
        README: readme(),
        GATHERED: gathered_models(),
        **made,
    }


def stale() -> list[Path]:
    """The files whose text differs from the generated text."""
    return [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the stale files; with ``--check``, only list them.

    Args:
        arguments: The arguments of the command line.

    Returns:
        The exit status.
    """
    found = stale()
    if arguments == ["--check"]:
        for path in found:
            print(f"{path.relative_to(DOCS.parent)} is stale: run python docs/generate.py")
        return 1 if found else 0
    if arguments:
        print(__doc__)
        return 2
    wanted = pages()
    for path in found:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
