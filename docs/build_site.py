"""Builds a site of all documentation: ``python docs/build_site.py [folder]``.

The pages are copied into a folder in which they lie as they do in the repository, so that their
links stay as they are, and a page is added for each public module. Sphinx makes the site. The build
fails if a link, an anchor or an image leads nowhere, and if a page would load anything from another
host.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PACKAGE = "launchdarkly_api"

#: What a page may not load: anything of another host.
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\ssrc=["']?(?:https?:)?//"""
    r"""|<link\b(?![^>]*rel=["']?canonical)[^>]*\shref=["']?(?:https?:)?//"""
    r"""|@import\b|url\(["']?(?:https?:)?//""",
    re.IGNORECASE,
)
#: A row of the table of public modules.
_PUBLIC = re.compile(rf"^\| `({PACKAGE}[\w.]*)` \|", re.MULTILINE)
#: Parts with generated pages of their own, and names that other parts describe.
_NOT_DESCRIBED = frozenset(
    f"{PACKAGE}.{name}" for name in ("api", "apis", "model", "models", "version", "docs")
)


def version() -> str:
    """The version of the package, which need not be installed."""
    text = (ROOT / PACKAGE / "version.py").read_text(encoding="utf-8")
    return text.rpartition("=")[2].strip().strip('"')


def stage(folder: Path) -> None:
    """Copy the pages, and write the index and the pages of the public modules."""
    ignored = shutil.ignore_patterns("*.py", "site", "__pycache__", ".ipynb_checkpoints")
    shutil.copytree(DOCS, folder / "docs", ignore=ignored)
    shutil.copytree(DOCS / "examples", folder / "docs" / "examples", dirs_exist_ok=True)
    for page in [*ROOT.glob("*.md"), ROOT / "LICENSE"]:
        shutil.copy(page, folder)
    shutil.copytree(DOCS / "site", folder, dirs_exist_ok=True)
    modules = public_modules()
    (folder / "modules").mkdir()
    for module in modules:
        lines = [f"# {module}", "", "```{eval-rst}", f".. automodule:: {module}"]
        # The root repeats names of other modules, which links are to lead to.
        lines += ["   :no-index:"] if module == PACKAGE else []
        lines += ["```", ""]
        (folder / "modules" / f"{module}.md").write_text("\n".join(lines), encoding="utf-8")
    (folder / "modules" / "index.md").write_text(modules_index(modules), encoding="utf-8")
    for name in ("ExperimentsApi", "ExperimentsBetaApi"):
        # One heading of the first level, so that the menu has one line for the page.
        page = folder / "docs" / f"{name}.md"
        page.write_text(page.read_text("utf-8").replace("\n# **", "\n## **"), encoding="utf-8")
    for parent, children in menus().items():
        with (folder / parent).open("a", encoding="utf-8") as file:
            file.write(toctree("", children, hidden=True))
    make_index(folder)


def public_modules() -> list[str]:
    """The modules that the guide lists as public, without those that have pages of their own."""
    guide = (DOCS / "guides" / "what-is-public.md").read_text(encoding="utf-8")
    return [name for name in _PUBLIC.findall(guide) if name not in _NOT_DESCRIBED]


def modules_index(modules: list[str]) -> str:
    """The page that leads to the pages of the modules."""
    return "# Python modules\n\nThe modules that programs may import.\n\n" + toctree("", modules)


def make_index(folder: Path) -> None:
    """Make the README the first page of the site, and add the menu to it.

    It is not also a page of its own, because the search would find everything in it twice.
    """
    readme = folder / "README.md"
    index = readme.read_text(encoding="utf-8") + menu()
    readme.unlink()
    (folder / "index.md").write_text(index, encoding="utf-8")
    for page in folder.rglob("*.md"):
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        text = page.read_text(encoding="utf-8")
        linked = text.replace(f"]({up}README.md", f"]({up}index.md")
        page.write_text(linked, encoding="utf-8")


def menu() -> str:
    """The menu of the site."""
    parts = {
        "Guides": ["docs/guides/README"],
        "Notebooks": notebooks(),
        "Reference": [
            "ExperimentsApi <docs/ExperimentsApi>",
            "ExperimentsBetaApi <docs/ExperimentsBetaApi>",
            "docs/models",
            "modules/index",
        ],
        "Project": ["CHANGELOG", "CONTRIBUTING", "SECURITY"],
    }
    return "\n".join(toctree(title, pages, hidden=True) for title, pages in parts.items())


def menus() -> dict[str, list[str]]:
    """The pages below others in the menu."""
    index = (DOCS / "guides" / "README.md").read_text(encoding="utf-8")
    guides = re.findall(r"^- \[[^\]]*\]\(([\w.-]+)\.md\)", index, re.MULTILINE)
    models = sorted(path.stem for path in DOCS.glob("[A-Z]*.md") if not path.stem.endswith("Api"))
    return {"docs/guides/README.md": guides, "docs/models.md": models}


def notebooks() -> list[str]:
    """The notebooks, in their order."""
    return [f"docs/notebooks/{path.stem}" for path in sorted((DOCS / "notebooks").glob("*.ipynb"))]


def toctree(title: str, pages: list[str], *, hidden: bool = False) -> str:
    """A part of the menu."""
    options = [":hidden:"] if hidden else []
    options += [f":caption: {title}"] if title else []
    return "\n".join(["", "```{toctree}", *options, "", *pages, "```", ""])


def loads_from_elsewhere(site: Path) -> list[str]:
    """The pages and style sheets that load something from another host, and its address."""
    return [
        f"{path.relative_to(site)}: {match[0][:100]}"
        for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")])
        for match in _LOADED.finditer(path.read_text(encoding="utf-8"))
    ]


def main(arguments: list[str]) -> int:
    """Build the site.

    Args:
        arguments: The folder to build it in. ``build/site`` by default.

    Returns:
        The exit code.
    """
    site = Path(arguments[0] if arguments else ROOT / "build" / "site").resolve()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        stage(pages)
        options = ["-b", "html", "-W", "--keep-going", "-q", "-d", f"{folder}/trees"]
        options += ["-D", f"release={version()}"]
        command = [sys.executable, "-m", "sphinx", *options, str(pages), str(site)]
        built = subprocess.run(command, check=False).returncode
    elsewhere = loads_from_elsewhere(site)
    for line in elsewhere:
        print(f"{line}: loads from another host")
    return built or min(len(elsewhere), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
