"""What every page has in common: frame, forms, who is looking, files."""
