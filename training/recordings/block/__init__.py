"""A city block to drive around: the synthetic world of `vmloc synthesize --world block`."""
