"""Several minors, hop by hop: each by a run of its own, nodes replaced as seldom as may be."""
