"""The guides and the reference, to read without a network: ``python -m launchdarkly_api.docs``.

They are Markdown. A wheel has them in this package, and a working copy in its folder ``docs``.
"""

from __future__ import annotations

from pathlib import Path

_PACKED = Path(__file__).parent / "pages"
#: The folder of the pages. In it they lie as they do in the repository.
ROOT: Path = _PACKED if _PACKED.is_dir() else Path(__file__).parents[2]


def pages() -> dict[str, Path]:
    """Return the files of the pages by their short names: guides first, then the reference."""
    files = [
        *sorted((ROOT / "docs" / "guides").glob("[!R]*.md")),
        *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "SECURITY", "CONTRIBUTING")),
        *sorted((ROOT / "docs").glob("*.md")),
    ]
    return {path.stem: path for path in files if path.is_file()}


def title(page: Path) -> str:
    """Return the first heading of a page."""
    with page.open(encoding="utf-8") as lines:
        return next((line[2:].strip() for line in lines if line.startswith("# ")), page.stem)
