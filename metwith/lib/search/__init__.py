"""Finding texts by parts of them: trigrams, and the indexes of them."""
