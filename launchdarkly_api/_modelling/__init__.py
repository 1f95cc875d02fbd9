"""Turns a declaration into a model. Programs use the names in ``launchdarkly_api.model_utils``.

Four functions walk over a value: ``Schema.accept`` validates it, a compiled decoder does the same
for a response, ``to_json_value`` encodes it, and ``unwrapped`` converts it to plain Python.
"""
