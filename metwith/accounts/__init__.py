"""The way in: accounts, credentials, OAuth, sharing levels, blocks."""
