"""What a person meets who types in a notebook: completion, documentation, objects that show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from launchdarkly_api.model.experiment import Experiment
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
model = experiment()
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        install_kernel(tmp_path_factory.mktemp("jupyter"), patch)
        manager = KernelManager(kernel_name=KERNEL)
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            run(client, SETUP)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def run(client: Any, code: str) -> list[dict[str, Any]]:
    """What a cell shows. An error in it fails the test."""
    shown: list[dict[str, Any]] = []

    def take(message: Any) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        assert kind != "error", "\n".join(content["traceback"])
        if kind in ("execute_result", "display_data"):
            shown.append(content["data"])

    reply = client.execute_interactive(code, output_hook=take, timeout=60)
    assert reply["content"]["status"] == "ok"
    return shown


@pytest.fixture
def complete(client: Any) -> Callable[[str], list[str]]:
    def matches(code: str) -> list[str]:
        reply = client.complete(code, reply=True, timeout=60)["content"]
        start = reply["cursor_start"]
        return [code[:start] + match for match in reply["matches"]]

    return matches


def test_completion_lists_the_fields_of_a_model(complete: Callable[[str], list[str]]) -> None:
    names = {name.removeprefix("model.").lstrip(".") for name in complete("model.")}
    assert set(Experiment.attribute_map) <= names
    assert not [name for name in names if name.startswith("_")]
    assert names - set(Experiment.attribute_map) <= {
        "additional_properties",
        "get",
        "to_dict",
        "to_str",
    }


def test_completion_knows_the_calls(complete: Callable[[str], list[str]]) -> None:
    assert any(name.endswith("get_experiment_results") for name in complete("api.get_exp"))
    names = complete("from launchdarkly_api.notebook import plot_")
    assert sum("plot_" in name for name in names) >= 4


def test_the_question_mark_shows_signature_and_documentation(client: Any) -> None:
    code = "api.get_experiment"
    reply = client.inspect(code, len(code), reply=True, timeout=60)["content"]
    assert reply["found"]
    text = re.sub(r"\x1b\[[0-9;]*m", "", reply["data"]["text/plain"])
    for part in ("Signature:", "project_key", "experiment_key", "expand", "Get one experiment"):
        assert part in text, part
    assert "secret-token" not in text


def test_a_model_shows_itself(client: Any) -> None:
    (shown,) = run(client, "model")
    assert shown["text/html"].startswith('<div class="launchdarkly')
    assert shown["text/plain"].startswith("{'creation_date': 1654041600000")


def test_a_picture_shows_itself_once(client: Any) -> None:
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
