"""Seed files: a document in JSON or YAML."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from launchdarkly_api._support.distribution import missing
from launchdarkly_api.sandbox.control.document import Document
from launchdarkly_api.sandbox.control.documents import parsed
from launchdarkly_api.sandbox.service.bodies import distinct_fields

YAML_SUFFIXES = (".yaml", ".yml")

Seed = str | os.PathLike[str] | Mapping[str, Any]


def load(seed: Seed | None) -> Document:
    """The document of a seed. Without a seed it is empty: the demo data.

    Raises:
        OSError: The file cannot be read.
        ValueError: The document is invalid. The message names the file and the place.
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
        return json.loads(text, object_pairs_hook=distinct_fields)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}. A YAML file must end with .yaml") from None


_DIGITS = list("0123456789")
#: The scalars of the core schema of YAML 1.2: the tag, the pattern and the first letters.
_SCALARS = (
    ("null", "^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", "^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", "^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", ["-", "+", *_DIGITS]),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        ["-", "+", ".", *_DIGITS],
    ),
)


def _yaml(text: str) -> Any:
    try:
        yaml: Any = import_module("yaml")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            missing("A seed in YAML", "PyYAML", "sandbox"), name="yaml"
        ) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Reads the scalars of YAML 1.2, in which ``on``, ``12:30`` and dates are text."""

        # PyYAML's type is a dict of lists that its classes share.
        yaml_implicit_resolvers: ClassVar[Any] = {"<": yaml.SafeLoader.yaml_implicit_resolvers["<"]}

        def compose_mapping_node(self, anchor: Any) -> Any:
            """Compose a mapping, in which no key may be there twice."""
            node = super().compose_mapping_node(anchor)
            seen: set[str] = set()
            for key, _ in node.value:
                name = str(key.value)
                if name in seen:
                    problem = f"the key {name!r:.80} is there twice"
                    raise yaml.composer.ComposerError(None, None, problem, key.start_mark)
                seen.add(name)
            return node

        def construct_yaml_int(self, node: Any) -> int:
            """Construct a whole number. One that begins with 0 is decimal."""
            text = self.construct_scalar(node)
            return int(text, 0 if text.startswith(("0o", "0x")) else 10)

    for tag, pattern, letters in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), letters)
    Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
    try:
        return yaml.load(text, Loader)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"it is not YAML: {' '.join(str(error).split())}") from None
    except (LookupError, AttributeError):
        # PyYAML fails on these, such as !!bool x.
        raise ValueError("it is not YAML: a tag such as !!bool does not fit its value") from None
