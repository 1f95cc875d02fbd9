"""The version of this distribution: the one place where it is written."""

__version__ = "13.2.0"
