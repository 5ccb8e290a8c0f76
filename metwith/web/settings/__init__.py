"""What a member, an admin and an owner set."""
