"""Practice servers: stand-ins for the cloud calendars, for tests, demos and whoever wants to try without a cloud account.

They are part of the product, so they keep its rules: what they hold lives in memory, and they listen on loopback only.
"""
