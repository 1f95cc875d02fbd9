"""The library in Pyodide, the Python of JupyterLite, run by Node.js."""
