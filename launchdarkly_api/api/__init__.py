"""One module an API class."""
