"""Connected accounts: connecting, choosing, sharing, leaving."""
