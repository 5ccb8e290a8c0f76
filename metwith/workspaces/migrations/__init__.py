"""The tables of workspaces, as they came to be."""
