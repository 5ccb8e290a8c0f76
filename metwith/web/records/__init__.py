"""People, companies and opportunities: lists, pages, forms, files."""
