"""Everything is said in pyproject.toml, but for one thing: the same source makes the same sdist.

setuptools builds reproducible wheels where SOURCE_DATE_EPOCH is set, and no reproducible sdists.
"""

import gzip
import os
import tarfile

from setuptools import setup
from setuptools.command.sdist import sdist

#: The time of every file where SOURCE_DATE_EPOCH does not give one: 1980-01-01, as in a wheel.
DEFAULT_EPOCH = 315532800


class ReproducibleSdist(sdist):
    """An sdist that tells of the source alone: not of the clock, the user or the umask."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, **ownership):
        if format != "gztar":
            return super().make_archive(base_name, format, root_dir, base_dir, **ownership)
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", DEFAULT_EPOCH))

        def anonymous(member):
            member.mtime = epoch
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            return member

        path = f"{base_name}.tar.gz"
        with (
            open(path, "wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=epoch) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            archive.add(base_dir, filter=anonymous)
        return path


setup(cmdclass={"sdist": ReproducibleSdist})
