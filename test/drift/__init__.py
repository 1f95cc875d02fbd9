"""Compares an OpenAPI document of LaunchDarkly with the declarations of the package.

``python -m test.drift DOCUMENT`` prints what differs. Both sides become one form, ``contract.py``:
the document in ``document.py`` and ``reading.py``, the declarations in ``declared.py``.
``compare.py`` compares the two, and ``known.txt`` lists the differences that are intended.
"""
