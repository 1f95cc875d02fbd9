"""Jupyter for a person who types: completion, documentation, and output of objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest
from jupyter_client.manager import KernelManager

from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.flag_rep import FlagRep
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model.treatment_rep import TreatmentRep
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.model_utils import Model
from test.notebook.jupyter import KERNEL, install_kernel

SETUP = """
%matplotlib inline
from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.model_utils import decode
from launchdarkly_api.models import Experiment
from test.notebook.examples import experiment, results
from launchdarkly_api.notebook import ExperimentReport, plot_results
from launchdarkly_api.notebook.facts import metrics_of
import datetime

api = ExperimentsBetaApi(ApiClient(Configuration(api_key={"ApiKey": "secret-token"})))
model, answer = experiment(), results()
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        install_kernel(tmp_path_factory.mktemp("jupyter"), patch)
        manager = KernelManager(kernel_name=KERNEL)
        # An empty folder: IPython also completes the names of files.
        manager.start_kernel(cwd=str(tmp_path_factory.mktemp("empty")))
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=120)
            run(client, SETUP)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def run(client: Any, code: str) -> list[dict[str, Any]]:
    """Run a cell and return its outputs. An error fails the test."""
    shown: list[dict[str, Any]] = []

    def take(message: Any) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        assert kind != "error", "\n".join(content["traceback"])
        if kind in ("execute_result", "display_data"):
            shown.append(content["data"])

    reply = client.execute_interactive(code, output_hook=take, timeout=120)
    assert reply["content"]["status"] == "ok"
    return shown


@pytest.fixture
def complete(client: Any) -> Callable[[str], list[str]]:
    def matches(code: str) -> list[str]:
        reply = client.complete(code, reply=True, timeout=120)["content"]
        start = reply["cursor_start"]
        return [code[:start] + match for match in reply["matches"]]

    return matches


#: Class attributes of 13.0.0, which some ways to complete list as well.
OF_THE_CLASS = {"allowed_values", "attribute_map", "openapi_types"}
METHODS = {"additional_properties", "get", "to_dict", "to_str"}


@pytest.fixture
def without_jedi(client: Any) -> Iterator[None]:
    run(client, "%config Completer.use_jedi = False")
    yield
    run(client, "%config Completer.use_jedi = True")


@pytest.mark.parametrize(
    ("code", "model"),
    [
        ("model.", Experiment),
        ("model.current_iteration.", IterationRep),
        ("model.current_iteration.primary_metric.", MetricV2Rep),
        ("model.current_iteration.treatments[0].", TreatmentRep),
        ("model.current_iteration.flags['x'].", FlagRep),
        ("answer.treatment_results[0].", TreatmentResultRep),
    ],
)
def test_completion_lists_the_fields_of_a_model(
    complete: Callable[[str], list[str]], code: str, model: type[Model]
) -> None:
    names = {name.removeprefix(code) for name in complete(code)}
    assert names - OF_THE_CLASS == {*model.attribute_map, *METHODS}


@pytest.mark.usefixtures("without_jedi")
def test_completion_without_jedi_lists_the_same(complete: Callable[[str], list[str]]) -> None:
    """Without jedi, Jupyter completes variables only, because it does not run properties."""
    names = {name.removeprefix("model").lstrip(".") for name in complete("model.")}
    assert names - OF_THE_CLASS == {*Experiment.attribute_map, *METHODS}


def test_completion_lists_calls_and_plots(complete: Callable[[str], list[str]]) -> None:
    assert any(name.endswith("get_experiment_results") for name in complete("api.get_exp"))
    names = complete("from launchdarkly_api.notebook import plot_")
    assert sum("plot_" in name for name in names) >= 4


def test_the_question_mark_shows_signature_and_documentation(client: Any) -> None:
    code = "api.get_experiment"
    reply = client.inspect(code, len(code), reply=True, timeout=120)["content"]
    assert reply["found"]
    text = re.sub(r"\x1b\[[0-9;]*m", "", reply["data"]["text/plain"])
    for part in ("Signature:", "project_key", "experiment_key", "expand", "Get one experiment"):
        assert part in text, part
    assert "secret-token" not in text


def test_jupyter_shows_a_model_as_html(client: Any) -> None:
    (shown,) = run(client, "model")
    assert shown["text/html"].startswith('<div class="launchdarkly')
    assert shown["text/plain"].startswith("{'creation_date': 1654041600000")


def test_jupyter_shows_a_picture_once(client: Any) -> None:
    (shown,) = run(client, "plot_results(results(), model);")
    assert "image/png" in shown
    (shown,) = run(
        client,
        "ExperimentReport(model, tuple(metrics_of(model)), {'signup': results()},"
        " datetime.datetime.now(datetime.timezone.utc)).plot()",
    )
    assert "image/png" in shown
    (shown,) = run(client, "import matplotlib.pyplot; repr(matplotlib.pyplot.get_fignums())")
    assert shown["text/plain"] == "'[]'"


@pytest.mark.parametrize(
    ("model", "name", "returned"),
    [
        (Experiment, "name", "<class 'str'>"),
        (Experiment, "creation_date", "<class 'int'>"),
        (Experiment, "current_iteration", "typing.Optional[IterationRep]"),
        (IterationRep, "treatments", "typing.Optional[typing.List[TreatmentRep]]"),
        (IterationRep, "flags", "typing.Optional[typing.Dict[str, FlagRep]]"),
        (MetricV2Rep, "kind", "<class 'str'>"),
    ],
)
def test_a_field_has_a_return_annotation_for_completion(
    model: type[Model], name: str, returned: str
) -> None:
    """Jedi reads this form. It cannot read ``Literal``."""
    hint = get_type_hints(getattr(model, name).fget)["return"]
    assert re.sub(r"launchdarkly_api\.[\w.]+\.", "", str(hint)) == returned
