"""Writes the reference pages from the code: ``python docs/generate.py``.

One page for the API class, one for each model, the lists in the README, and the module that
gathers the models. ``--check`` writes nothing, names what is stale, and ends with 1 where anything
is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from api_page import api_page, calls_table
from markup import DOCS, MODELS
from model_pages import model_page

from launchdarkly_api import model as declarations
from launchdarkly_api._support.lazy import module_name

README = DOCS.parent / "README.md"
GATHERED = DOCS.parent / "launchdarkly_api" / "models" / "__init__.py"


def gathered_models() -> str:
    """The module that has the models' names in one place."""
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
    """The README, with its lists as they must be."""
    rows = "\n".join(f"- [{name}](docs/{name}.md)" for name in MODELS)
    text = README.read_text(encoding="utf-8")
    for part, content in (("calls", calls_table("docs/ExperimentsBetaApi.md")), ("models", rows)):
        begin, end = f"<!-- {part}: generated -->\n", f"<!-- /{part} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"README.md has no lines {begin.strip()} and {end}")
        text = f"{head}{begin}{content}\n{end}{tail}"
    return text


def pages() -> dict[Path, str]:
    """Every generated file, and what it must hold."""
    made = {DOCS / f"{name}.md": model_page(name) for name in MODELS}
    return {
        DOCS / "ExperimentsBetaApi.md": api_page(),
        README: readme(),
        GATHERED: gathered_models(),
        **made,
    }


def stale() -> list[Path]:
    """The files that are not what the code says."""
    return [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(words: list[str]) -> int:
    """Write what is stale, or with ``--check`` only name it."""
    found = stale()
    if words == ["--check"]:
        for path in found:
            print(f"{path.relative_to(DOCS.parent)} is stale: run python docs/generate.py")
        return 1 if found else 0
    if words:
        print(__doc__)
        return 2
    wanted = pages()
    for path in found:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
