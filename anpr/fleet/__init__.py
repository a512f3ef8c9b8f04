"""Who belongs to a fleet: its certificate authority, its members' certificates, and what each may do."""
