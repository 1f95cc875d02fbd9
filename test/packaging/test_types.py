"""The types that ship are complete."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from test.packaging.building import Distributions, environment
from test.packaging.surface import PACKAGE


def test_every_public_symbol_has_a_type(
    built: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("typed")
    python = environment(folder, built.wheel, with_ours=True)
    # pyright takes the interpreter that it finds first, and ends with 1 where a type is missing.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--verifytypes", PACKAGE),
            *("--ignoreexternal", "--outputjson"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            # Else the working copy would stand before what is installed.
            "PYTHONPATH": "",
        },
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["typeCompleteness"]
    assert found["packageRootDirectory"].startswith(str(folder))
    assert found["exportedSymbolCounts"]["withKnownType"] > 1000
    incomplete = {
        f"{symbol['name']}: {told['message']}"
        for symbol in found["symbols"]
        for told in symbol.get("diagnostics", ())
        if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]
    }
    assert not incomplete, "\n".join(sorted(incomplete))
    assert found["completenessScore"] == 1
