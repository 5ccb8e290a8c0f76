"""The machine that Metwith runs on: the home folder, the embedded PostgreSQL, processes, logs, settings."""
