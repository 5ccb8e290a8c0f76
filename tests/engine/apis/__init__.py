"""The clients of services."""
