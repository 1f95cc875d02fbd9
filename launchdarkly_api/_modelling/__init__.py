"""The machinery behind model declarations: schemas, validation, decoding, encoding to JSON."""
