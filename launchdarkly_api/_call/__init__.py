"""The parts of a call before and after the transport: validation, encoding, decoding, paging."""
