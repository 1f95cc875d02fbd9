"""The places of errors in a document."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from launchdarkly_api.sandbox.control.shapes import ShapeError
from launchdarkly_api.sandbox.service.bodies import Path, place
from launchdarkly_api.sandbox.service.problems import RefusedError


@contextmanager
def located(path: Path) -> Generator[None, None, None]:
    """Add a place in the document to the errors of values, unless they have one."""
    try:
        yield
    except ShapeError:
        raise
    except ValueError as error:
        raise ShapeError(f"{str(error).rstrip('.')}{place(path)}.") from None
    except RefusedError as refused:
        raise ShapeError(f"{refused.message.rstrip('.')}{place(path)}.") from None


def one_of(kind: str, key: str, known: Iterable[str], path: Path) -> str:
    """A key that must exist."""
    keys = list(known)
    if key not in keys:
        raise ShapeError(
            f"There is no {kind} {key!r:.80}{place(path)}. Known: {', '.join(keys) or 'none'}."
        )
    return key


def distinct(kind: str, keys: Iterable[str], path: Path) -> None:
    """Refuse keys of which one is there twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ShapeError(f"The {kind} {key!r:.80} is there twice{place(path)}.")
        seen.add(key)
