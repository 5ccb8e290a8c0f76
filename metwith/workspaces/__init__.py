"""Who: workspaces, members, invitations, own domains, which address is verified."""
