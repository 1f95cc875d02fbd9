"""HTTP: the server, the WSGI application, and what it logs, shows and breaks."""
