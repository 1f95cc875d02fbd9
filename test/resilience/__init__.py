"""The client under faults: lost connections, late responses, limits and attacks."""
