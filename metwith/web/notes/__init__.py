"""Notes on pages: the list with its form, for records and meetings alike, and changing and deleting one's own where it stands."""
