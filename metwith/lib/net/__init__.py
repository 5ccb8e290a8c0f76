"""What the guarded way out (`lib/http.py`) is built of: times, addresses, certificates, errors."""
