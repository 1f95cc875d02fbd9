"""Helpers for all parts of the package. They do not import any other part."""
