"""Scripts that print ratios against a peer, or against a limit measured in the same run. `make bench` runs them all."""
