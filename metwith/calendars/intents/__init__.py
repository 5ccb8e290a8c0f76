"""Rows that say what is still to be done: facts that changed, what is on its way out, what was set aside."""
