"""The verbs of members: connect, choose, share, link, take out."""
