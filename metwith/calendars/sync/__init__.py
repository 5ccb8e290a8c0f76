"""The engine. Read run.py first: it tells the story."""
