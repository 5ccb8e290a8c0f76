"""What every channel needs: leases, locks, what is due, the queue, push, traces, counters, links. It names no channel."""
