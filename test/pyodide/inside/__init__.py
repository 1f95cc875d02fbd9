"""Code that runs in Pyodide, and not in CPython."""
