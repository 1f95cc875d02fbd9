"""Helpers that every part of the package may use. They import nothing of the package."""
