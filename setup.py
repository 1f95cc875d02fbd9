"""Everything is said in pyproject.toml, but for three things.

- The same source makes the same files. setuptools writes the umask, and without SOURCE_DATE_EPOCH
  the clock, into a wheel; and into an sdist the user as well.
- A wheel has the pages of the documentation, for ``python -m launchdarkly_api.docs``.
- The description on an index page is the README, whose links into the repository would lead nowhere
  there.
"""

import gzip
import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent
#: The pages in a wheel.
PAGES = ("*.md", "docs/*.md", "docs/guides/*.md")
#: A link or an image, but for those with an address of their own.
RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?!https://)[^)\s]*\)")
#: The time of every file where SOURCE_DATE_EPOCH does not give one: 1980-01-01, where zip begins.
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")


def plain_mode(mode):
    """The mode of a file, from the source: whether it is a program."""
    return 0o755 if mode & 0o100 else 0o644


def description():
    """The README with its links into the repository as text, and without its pictures."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    text = RELATIVE.sub(lambda link: "" if link[1] else link[2], text)
    return re.sub(r"\n{3,}", "\n\n", text)


class BuildWithPages(build_py):
    """A build that adds the pages of the documentation."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "launchdarkly_api", "docs", "pages")
        for page in sorted(page for pattern in PAGES for page in HERE.glob(pattern)):
            copy = target / page.relative_to(HERE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, copy)


class ReproducibleSdist(sdist):
    """An sdist that tells of the source alone: not of the clock, the user or the umask."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, **ownership):
        if format != "gztar":
            return super().make_archive(base_name, format, root_dir, base_dir, **ownership)
        epoch = int(os.environ["SOURCE_DATE_EPOCH"])

        def anonymous(member):
            member.mtime = epoch
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() else plain_mode(member.mode)
            return member

        path = f"{base_name}.tar.gz"
        with (
            open(path, "wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=epoch) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            archive.add(base_dir, filter=anonymous)
        return path


class ReproducibleWheel(bdist_wheel):
    """A wheel that tells nothing of the umask."""

    def run(self):
        super().run()
        for _, _, path in self.distribution.dist_files:
            if path.endswith(".whl"):
                with_plain_modes(path)


def with_plain_modes(path):
    """Write a wheel anew, the same but for the modes of its files."""
    with zipfile.ZipFile(path) as wheel:
        members = [(member, wheel.read(member)) for member in wheel.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in members:
            member.external_attr = (0o100000 | plain_mode(member.external_attr >> 16)) << 16
            wheel.writestr(member, data)


setup(
    cmdclass={
        "bdist_wheel": ReproducibleWheel,
        "build_py": BuildWithPages,
        "sdist": ReproducibleSdist,
    },
    long_description=description(),
    long_description_content_type="text/markdown",
)
