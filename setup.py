"""Everything is said in pyproject.toml, but for one thing: the same source makes the same files.

setuptools writes the umask, and without SOURCE_DATE_EPOCH the clock, into a wheel; and into an
sdist the user as well.
"""

import gzip
import os
import tarfile
import zipfile

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

#: The time of every file where SOURCE_DATE_EPOCH does not give one: 1980-01-01, where zip begins.
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")


def plain_mode(mode):
    """What a file's mode tells of the source: whether it is a program."""
    return 0o755 if mode & 0o100 else 0o644


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


setup(cmdclass={"bdist_wheel": ReproducibleWheel, "sdist": ReproducibleSdist})
