"""Jupyter, with a kernel that runs in the tests' own interpreter and leaves nothing behind."""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "docs" / "notebooks"
KERNEL = "this-interpreter"


def install_kernel(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``KERNEL`` run the tests' own interpreter, with all its files in the directory."""
    home = directory / "kernels" / KERNEL
    home.mkdir(parents=True)
    environment = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": str(directory / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {
        "argv": [*arguments, "--HistoryManager.enabled=False", "--log-level=40"],
        "display_name": "Python 3",
        "language": "python",
        "env": environment,
    }
    (home / "kernel.json").write_text(json.dumps(kernel))
    monkeypatch.setenv("JUPYTER_PATH", str(directory))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(directory / "runtime"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")


def notebooks() -> list[Path]:
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def read(path: Path) -> Any:
    """Read a notebook from its file."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def write(notebook: Any, path: Path) -> None:
    """Write a notebook to its file."""
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def execute(notebook: Any) -> Any:
    """Run a notebook from top to bottom, and raise the first error."""
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=240,
        record_timing=False,
        # What a cell prints arrives in pieces, which depend on the speed of the machine.
        coalesce_streams=True,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    return client.execute()


def without_outputs(notebook: Any) -> Any:
    """The notebook without outputs."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare
