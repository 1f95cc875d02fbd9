"""Annotations resolve at run time: pydantic, typer, cattrs and the like evaluate them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from typing import Any

import pydantic
import pytest

import launchdarkly_api
from launchdarkly_api import notebook
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException
from launchdarkly_api.models import (
    Experiment,
    ExperimentPatchInput,
    Instruction,
    Instructions,
    Link,
)
from test.contract import example
from test.fault_server import FaultServer, answer

#: Modules that are run, and not imported.
PROGRAMS = ("__main__", "demo", "pytest_plugin")


def modules() -> list[str]:
    found = pkgutil.walk_packages(launchdarkly_api.__path__, "launchdarkly_api.")
    return [module.name for module in found if module.name.split(".")[-1] not in PROGRAMS]


def annotated(module: Any) -> Iterator[tuple[str, Any]]:
    """The public classes and functions that a module defines, and the methods of the classes."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield from methods(name, value)
        if (inspect.isclass(value) and ours(value)) or inspect.isfunction(inspect.unwrap(value)):
            yield name, value


def ours(cls: type) -> bool:
    """Whether annotations of a class are this library's alone: urllib3's do not all resolve."""
    return not any(base.__module__.startswith("urllib3.connection") for base in cls.__mro__)


def methods(owner: str, cls: type) -> Iterator[tuple[str, Any]]:
    """The methods and properties of a class, without those that Python generates."""
    for name, value in vars(cls).items():
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, (classmethod, staticmethod)):
            value = value.__func__
        if inspect.isfunction(value) and value.__globals__["__name__"] == cls.__module__:
            yield f"{owner}.{name}", value


@pytest.mark.parametrize("name", modules())
def test_every_annotation_of_a_module_resolves(name: str) -> None:
    unresolved = {}
    for label, value in annotated(importlib.import_module(name)):
        try:
            typing.get_type_hints(value, include_extras=True)
        except (NameError, TypeError) as error:
            unresolved[label] = error
    assert unresolved == {}


def test_the_search_finds_what_programs_use() -> None:
    found = {
        name: dict(annotated(importlib.import_module(f"launchdarkly_api.{name}")))
        for name in ("api_client", "configuration", "exceptions", "notebook.reporting", "future")
    }
    assert {"ApiClient", "ApiClient.call_api", "ApiClient.__enter__"} <= found["api_client"].keys()
    assert "Configuration.from_env" in found["configuration"]
    assert "ApiException.__init__" in found["exceptions"]
    assert {"report", "reports"} <= found["notebook.reporting"].keys()
    assert "ApiFuture" in found["future"]


def test_a_constructor_has_the_types_of_the_fields() -> None:
    parameters = inspect.signature(Link).parameters
    assert parameters["href"].annotation == str | None
    assert typing.get_type_hints(Experiment)["current_iteration"]
    assert "error" in typing.get_type_hints(ApiException)


def test_pydantic_checks_the_arguments_of_a_report() -> None:
    report: Any = pydantic.validate_call(notebook.report)
    with pytest.raises(pydantic.ValidationError):
        report(None, 5, "test", "key")
    reports: Any = pydantic.validate_call(notebook.reports)
    with pytest.raises(pydantic.ValidationError):
        reports(None, "demo", 5)


def test_pydantic_checks_the_arguments_of_a_call(api: ExperimentsBetaApi) -> None:
    get: Any = pydantic.validate_call(api.get_experiment)
    with pytest.raises(pydantic.ValidationError, match="valid string"):
        get("p", "e", 5)
    patch = pydantic.validate_call(config={"arbitrary_types_allowed": True})(api.patch_experiment)
    with FaultServer(
        answer(body=example("Experiment")), answer(body=example("Experiment"))
    ) as server:
        api.api_client.configuration.host = server.url
        assert isinstance(get("p", "e", "x"), Experiment)
        body = ExperimentPatchInput(Instructions([Instruction(kind="a")]))
        assert isinstance(patch("p", "e", "x", body), Experiment)
        assert b'"kind"' in server.requests[1].body


CALLS = [name for name in vars(ExperimentsBetaApi) if not name.startswith("_")]


@pytest.mark.parametrize("name", CALLS)
def test_pydantic_understands_every_call(name: str, api: ExperimentsBetaApi) -> None:
    allowed = pydantic.ConfigDict(arbitrary_types_allowed=True)
    checked = pydantic.validate_call(config=allowed, validate_return=True)(getattr(api, name))
    with pytest.raises(pydantic.ValidationError):
        checked(5)


def test_a_model_of_pydantic_holds_an_experiment() -> None:
    class Row(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        experiment: Experiment

    experiment = Experiment("k", "n", "m", 1, {})
    assert Row(experiment=experiment).experiment is experiment
    with pytest.raises(pydantic.ValidationError, match="instance of Experiment"):
        Row(experiment="k")  # type: ignore[arg-type]
