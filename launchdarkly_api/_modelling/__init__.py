"""What makes a class with typed lines a model: schemas, decoding, encoding to JSON."""
