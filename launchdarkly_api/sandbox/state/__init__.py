"""The state: records, recorded traffic, and the file that keeps them."""
