"""Seed files: a document in JSON or YAML."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from launchdarkly_api.sandbox.control.document import Document
from launchdarkly_api.sandbox.control.documents import parsed

YAML_SUFFIXES = (".yaml", ".yml")

Seed = str | os.PathLike[str] | Mapping[str, Any]


def load(seed: Seed | None) -> Document:
    """The document of a seed. Without a seed it is empty: the demo data.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no valid document. The message names the file and the place.
        ImportError: The file is in YAML, and PyYAML is not installed.
    """
    if seed is None:
        return Document()
    with named(seed):
        if isinstance(seed, Mapping):
            return parsed(seed)
        return parsed(_read(Path(seed)))


@contextmanager
def named(seed: Seed) -> Generator[None, None, None]:
    """Add the name of the file to the errors of its document."""
    try:
        yield
    except ValueError as error:
        name = "The seed" if isinstance(seed, Mapping) else f"The seed {os.fspath(seed)!r}"
        raise ValueError(f"{name} is invalid: {str(error).rstrip('.')}") from None


def _read(path: Path) -> Any:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise OSError(f"Cannot read the seed {str(path)!r}: {error.strerror}") from None
    if path.suffix.lower() in YAML_SUFFIXES:
        return _yaml(text)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}. A YAML file must end with .yaml") from None


def _yaml(text: str) -> Any:
    try:
        yaml: Any = import_module("yaml")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "A seed in YAML needs PyYAML."
            ' Install it with: pip install "launchdarkly-experiments[sandbox]"',
            name="yaml",
        ) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Reads the scalars of YAML 1.2, in which ``on`` and dates are text."""

    Loader.yaml_implicit_resolvers = {
        letter: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
        ]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    booleans = re.compile("^(?:true|True|TRUE|false|False|FALSE)$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", booleans, list("tTfF"))
    try:
        return yaml.load(text, Loader)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(f"it is not YAML: {' '.join(str(error).split())}") from None
