"""People, companies and opportunities."""
