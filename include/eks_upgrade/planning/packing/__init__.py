"""Whether pods fit on nodes: bin packing as far as one pass can. Pure."""
