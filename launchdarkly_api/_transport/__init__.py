"""The road from a request to urllib3 and back. ``rest`` makes the attempts; this is one of them.

::

    sender ── rate_limit          may the request be sent yet
     │    └── waits               how long one call may still wait
     ├── observers                hooks and the log
     ├── connections              urllib3's pool managers: proxy, tls, platform
     │    └── wire                protections of urllib3's own connections: an Exchange
     ├── content                  the body, decompressed within a bound
     └── errors                   what urllib3 raised, and what it means
    boundary                      masks exceptions and log records where they leave
    redirect, retry_after         what a response asks for
    request, answer, settings, timeout, plain_http
"""
