"""Without the extra, an error says which package to install; with it, nothing loads too early."""

from __future__ import annotations

import subprocess
import sys

import pytest

from launchdarkly_api import analysis


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("package", ["numpy", "scipy"])
@pytest.mark.parametrize("name", ["bayesian_results", "frequentist_results", "sample_size"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    package: str, name: str
) -> None:
    done = run(
        f"import sys; sys.modules[{package!r}] = None\nfrom launchdarkly_api.analysis import {name}"
    )
    assert done.stderr.strip().splitlines()[-1] == (
        f"ImportError: launchdarkly_api.analysis needs {package}, which is not installed. "
        'Install it with: pip install "launchdarkly-experiments[analysis]"'
    )
    assert done.stderr.count("Traceback") == 1


def test_counts_need_no_package() -> None:
    code = (
        "import sys; sys.modules.update(numpy=None, scipy=None)\n"
        "from launchdarkly_api.analysis import Arm; print(Arm(units=4, conversions=1).mean)"
    )
    assert run(code).stdout == "0.25\n"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, launchdarkly_api.analysis as a; a.Arm(units=1, conversions=1)\n"
        "print({'numpy', 'scipy', 'narwhals', 'duckdb', 'urllib3'} & set(sys.modules))"
    )
    assert run(code).stdout == "set()\n"


def test_results_load_no_statistics_of_scipy() -> None:
    # It takes most of a second to import.
    code = (
        "import sys; from launchdarkly_api.analysis import Arm, bayesian_results\n"
        "bayesian_results({'a': Arm(units=4, conversions=1)}); print('scipy.stats' in sys.modules)"
    )
    assert run(code).stdout == "False\n"


def test_a_missing_submodule_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        raise ModuleNotFoundError(name="scipy.special")

    monkeypatch.setattr(analysis, "_load", load)
    monkeypatch.delitem(vars(analysis), "days_left", raising=False)
    with pytest.raises(ImportError, match="needs scipy, which is not installed"):
        _ = analysis.days_left


def test_another_missing_module_raises_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "launchdarkly_api.analysis.sizes", None)
    monkeypatch.delitem(vars(analysis), "days_left", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"launchdarkly_api\.analysis\.sizes"):
        _ = analysis.days_left


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'everything'"):
        _ = getattr(analysis, "every" + "thing")


def test_every_public_name_is_there_and_documented() -> None:
    for name in analysis.__all__:
        assert getattr(analysis, name).__doc__, name
        assert name in dir(analysis)
