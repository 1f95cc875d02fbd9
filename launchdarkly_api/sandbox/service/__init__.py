"""The service: its calls, its rules, and the responses and results that it computes."""
