"""A name that 13.0.0 has and this library lacks: the error says why, and is the one of Python."""

from __future__ import annotations

import doctest
import importlib
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

import launchdarkly_api
from launchdarkly_api import api, apis, model_utils, models
from launchdarkly_api._support import official_names
from launchdarkly_api._support.absent import AbsentModules
from test.packaging.official import FACTS

WAYS = r"call_api.*another environment with launchdarkly-api"


@pytest.mark.parametrize(
    "statement",
    [
        "from launchdarkly_api import FeatureFlagsApi",
        "from launchdarkly_api.apis import FeatureFlagsApi",
        "from launchdarkly_api.apis import ExperimentsBetaApi, OAuth2ClientsBetaApi as Api",
        "from launchdarkly_api.api import feature_flags_api",
        "from launchdarkly_api.model import feature_flag_body",
        "from launchdarkly_api.models import FeatureFlagBody",
        "from launchdarkly_api.models import JSONPatch",
        "from launchdarkly_api.model_utils import model_to_dict",
        "from launchdarkly_api.rest import RESTClientObject",
        "from launchdarkly_api.api_client import RequestField",
        "from launchdarkly_api.configuration import JSON_SCHEMA_VALIDATION_KEYWORDS",
        "from launchdarkly_api.api.experiments_beta_api import validate_and_convert_types",
    ],
)
def test_an_import_of_the_name_says_why_it_fails(statement: str) -> None:
    with pytest.raises(ImportError, match=WAYS) as caught:
        exec(statement)
    assert type(caught.value) is ImportError
    assert caught.value.name == statement.split()[1]


@pytest.mark.parametrize(
    "name",
    [
        "launchdarkly_api.api.feature_flags_api",
        "launchdarkly_api.model.feature_flag_body",
        "launchdarkly_api.models.feature_flag_body",
    ],
)
def test_an_import_of_the_module_says_why_it_fails(name: str) -> None:
    for statement in (f"import {name}", f"from {name} import Anything"):
        with pytest.raises(ModuleNotFoundError, match=WAYS) as caught:
            exec(statement)
        assert caught.value.name == name


def test_a_name_is_no_attribute() -> None:
    for module, name in (
        (launchdarkly_api, "FeatureFlagsApi"),
        (apis, "FeatureFlagsApi"),
        (api, "feature_flags_api"),
        (models, "FeatureFlagBody"),
        (model_utils, "model_to_dict"),
    ):
        with pytest.raises(AttributeError, match=WAYS):
            getattr(module, name)
        assert not hasattr(module, name)
        assert getattr(module, name, None) is None


def test_any_other_name_fails_as_ever() -> None:
    with pytest.raises(ImportError, match=r"^cannot import name 'Experimnt' from [^:]*$"):
        exec("from launchdarkly_api.models import Experimnt")
    with pytest.raises(
        ModuleNotFoundError, match=r"^No module named 'launchdarkly_api.api.other'$"
    ):
        exec("import launchdarkly_api.api.other")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'feature_flags_api'$"):
        exec("import feature_flags_api")
    with pytest.raises(AttributeError, match=r"has no attribute '__wrapped__'$"):
        getattr(apis, "__wrapped__")  # noqa: B009 - as tools ask


def test_tools_that_go_through_modules_see_nothing_of_it() -> None:
    for module in (launchdarkly_api, api, apis, models, model_utils):
        names: dict[str, Any] = {}
        exec(f"from {module.__name__} import *", names)
        assert "FeatureFlagsApi" not in names
        assert doctest.DocTestFinder().find(module, globs={}) is not None
        assert "FeatureFlagsApi" not in dir(module)


def test_a_pickle_of_such_a_model_says_why_it_cannot_be_loaded() -> None:
    pickled = b"claunchdarkly_api.model.feature_flag\nFeatureFlag\n."
    with pytest.raises(ModuleNotFoundError, match=WAYS):
        pickle.loads(pickled)


def test_the_import_hook_is_the_last_one_and_there_once() -> None:
    AbsentModules.install()
    assert [hook for hook in sys.meta_path if hook is AbsentModules] == [AbsentModules]
    assert not any(
        getattr(hook, "__name__", "") == "PathFinder"
        for hook in sys.meta_path[sys.meta_path.index(AbsentModules) :]
    )
    importlib.invalidate_caches()


def test_every_name_that_is_gone_is_explained_and_no_other() -> None:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    for folder, listed in (("api", official_names.APIS), ("model", official_names.MODELS)):
        here = {
            path.stem for path in Path(launchdarkly_api.__file__).with_name(folder).glob("*.py")
        }
        assert (
            set(facts["modules"][folder]) - here
            <= set(listed.split())
            <= {*facts["modules"][folder]}
        )
    for folder in ("apis", "models"):
        module = importlib.import_module(f"launchdarkly_api.{folder}")
        for name in facts["names"][folder]:
            if not hasattr(module, name):
                with pytest.raises(AttributeError, match=WAYS):
                    getattr(module, name)
    for place, listed in official_names.HELPERS.items():
        module = importlib.import_module(f"launchdarkly_api.{place}")
        gone = {name for name in facts["names"][place] if not hasattr(module, name)}
        assert gone <= set(listed.split()) <= {*facts["names"][place]}
