"""One call before and after the wire: what an API method describes, encoded and decoded."""
