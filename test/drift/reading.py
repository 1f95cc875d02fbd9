"""Reads a document from a file, and follows its references."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launchdarkly_api._support.printable import printable

#: A larger file is refused. The whole document of LaunchDarkly has less than 3 MB.
MAX_BYTES = 100_000_000


class Unusable(Exception):
    """The document cannot be compared. The message is one sentence, on one line."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def read(path: Path) -> Any:
    """Return the parsed document.

    Raises:
        Unusable: The file cannot be read, or is neither JSON nor YAML.
    """
    text = _text(path)
    if not text.strip():
        raise Unusable(f"{path} is empty.")
    try:
        return json.loads(text)
    except ValueError as error:
        if text.lstrip()[0] in "{[":
            raise Unusable(f"{path} is not valid JSON: {error}.") from None
    except RecursionError:
        raise Unusable(f"{path} is nested too deep.") from None
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise Unusable(f"{path} is neither JSON nor a YAML file that ends in .yaml or .yml.")
    return _yaml(path, text)


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise Unusable(f"{path} is larger than {MAX_BYTES // 1_000_000} MB.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Unusable(f"{path} is not text in UTF-8.") from None
    except ValueError as error:
        raise Unusable(f"{str(path)!r} is not the name of a file: {error}.") from None


def _yaml(path: Path, text: str) -> Any:
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        raise Unusable(f"{path} is YAML, which requires PyYAML.") from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        problem = " ".join(str(error).split())
        raise Unusable(f"{path} is not valid YAML: {problem:.200}.") from None
    except RecursionError:
        raise Unusable(f"{path} is nested too deep.") from None


def mapping(value: Any, place: str) -> Mapping[str, Any]:
    """Return an object of the document, with text as its keys; nothing is an empty object.

    Raises:
        Unusable: The value is not an object.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f"{place} is not an object.")
    return {str(key): item for key, item in value.items()}


def sequence(value: Any, place: str) -> list[Any]:
    """Return a list of the document; nothing is an empty list.

    Raises:
        Unusable: The value is not a list.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable(f"{place} is not a list.")
    return value


def resolved(document: Any, value: Any, place: str) -> tuple[str, Mapping[str, Any]]:
    """Follow the references of a value to an object.

    Args:
        document: The whole document.
        value: The value, which may be a reference.
        place: The place of the value, for messages.

    Returns:
        The last reference, or an empty string if there is none, and the object. The members beside
        a reference are added to the object, as OpenAPI 3.1 says.

    Raises:
        Unusable: A reference leads nowhere, to another file or to itself.
    """
    found, last = mapping(value, place), ""
    beside: dict[str, Any] = {}
    seen: set[str] = set()
    while "$ref" in found:
        last = found["$ref"]
        if not isinstance(last, str):
            raise Unusable(f"The $ref of {place} is not text.")
        if last in seen:
            raise Unusable(f"{place} refers to {last}, which refers to itself.")
        seen.add(last)
        beside = {**{k: v for k, v in found.items() if k != "$ref"}, **beside}
        found = mapping(_target(document, last, place), last)
    return last, {**found, **beside}


def _target(document: Any, reference: str, place: str) -> Any:
    if not reference.startswith("#"):
        raise Unusable(f"{place} refers to another file: {reference}.")
    target = document
    for part in reference[1:].split("/")[1:]:
        try:
            target = mapping(target, reference)[part.replace("~1", "/").replace("~0", "~")]
        except KeyError:
            raise Unusable(f"{place} refers to {reference}, which does not exist.") from None
    return target
