"""Super-networks: one set of weights, trained once, from which many networks are cut without further training."""
