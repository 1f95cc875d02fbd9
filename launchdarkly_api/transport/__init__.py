"""What ``rest`` sends with: one request and its answer, and what can go wrong between them.

::

    sender ── rate_limit          may it be sent yet
     ├── observers                hooks and the log
     ├── connections              where to: proxy, tls, plain_http
     │    └── wire                how long and how much: an Exchange
     ├── content                  the body, decompressed within a bound
     └── errors                   what the transport raised, without secrets
    redirect, retry_after         what an answer asks for
    request, answer, settings, timeout
"""
