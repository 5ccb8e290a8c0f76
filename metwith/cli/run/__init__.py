"""Commands that run the product, and what a command stands on."""
