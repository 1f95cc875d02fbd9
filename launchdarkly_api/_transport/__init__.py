"""The path from a request to urllib3 and back. ``rest`` repeats attempts; ``sender`` makes one.

::

    sender ── rate_limit          delays a request until its rate limits allow it
     │    └── waits               bounds the sum of the waits of one call
     ├── observers                hooks and the log
     ├── connections              urllib3's pool managers: proxy, tls, platform
     │    └── wire                limits the time and the size of a response: an Exchange
     ├── content                  reads and decompresses the body within a bound
     └── errors                   describes the errors that urllib3 raises
    boundary                      masks secrets in exceptions and log records
    redirect, retry_after         whether to follow a redirect, and how long to wait
    request, response, settings, timeout, headers, hosts, dot_segments, prefetch
"""
