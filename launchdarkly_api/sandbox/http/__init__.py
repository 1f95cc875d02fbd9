"""HTTP: the server, the WSGI application, its faults, its page and its log of requests."""
