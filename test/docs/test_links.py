"""Every link in the documentation leads somewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from test.docs.pages import DOCS, ROOT, Page, heading_slug, page_at, pages

ALL = list(pages())
#: What the reference pages, and code that was written for 13.0.0's, point at.
README_ANCHORS = {"documentation-for-api-endpoints", "documentation-for-models", "apikey"}


def problem(page: Page, target: str) -> str | None:
    """Why a link leads nowhere, or None."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None if parts.scheme == "https" and parts.hostname else "is no https address"
    path = page.path
    if parts.path:
        path = (page.path.parent / unquote(parts.path)).resolve()
        if not path.is_relative_to(ROOT):
            return "leads out of the project"
        if not path.exists():
            return "leads to no file"
    if parts.fragment:
        if path.suffix != ".md":
            return "has an anchor, and leads to no page"
        if parts.fragment not in page_at(path).anchors:
            return f"has an anchor that {path.name} does not have"
    return None


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_every_link_leads_somewhere(
    page: Page, record_property: Callable[[str, object], None]
) -> None:
    broken = [
        f"{page.name}:{link.line}: {link.target} {reason}"
        for link in page.links
        if (reason := problem(page, link.target))
    ]
    assert not broken, "\n".join(broken)
    record_property("links", len(page.links))


def test_the_anchors_of_the_reference_lists_stay() -> None:
    assert page_at(ROOT / "README.md").anchors >= README_ANCHORS


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = page_at(waiting.pop())
        reached.add(page.path)
        for link in page.links:
            parts = urlsplit(link.target)
            path = (page.path.parent / unquote(parts.path)).resolve()
            if not parts.scheme and path.suffix == ".md" and path.exists() and path not in reached:
                waiting.append(path)
    assert sorted(page.name for page in ALL if page.path not in reached) == []


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere.md", "leads to no file"),
        ("../../../elsewhere", "leads out of the project"),
        ("#nothing", "has an anchor that README.md does not have"),
        ("../README.md#nothing", "has an anchor that README.md does not have"),
        ("generate.py#L1", "has an anchor, and leads to no page"),
        ("http://example.com/", "is no https address"),
        ("https://example.com/", None),
    ],
)
def test_a_link_that_leads_nowhere_is_found(target: str, reason: str | None) -> None:
    page = page_at(ROOT / "README.md" if target.startswith("#") else DOCS / "ExperimentsBetaApi.md")
    assert problem(page, target) == reason


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Documentation for API Endpoints", "documentation-for-api-endpoints"),
        ("get_experiment", "get_experiment"),
        ("What's new, and why?", "whats-new-and-why"),
        ("launchdarkly_api.ExperimentsBetaApi", "launchdarkly_apiexperimentsbetaapi"),
        ("Retries — and limits", "retries--and-limits"),
    ],
)
def test_anchors_are_those_of_github(heading: str, slug: str) -> None:
    assert heading_slug(heading) == slug
