"""What keeps the data: backups made and restored by the databases' own means, and migrations that
are run by one machine at a time.

It knows tables, not reviews: what the data mean is verified by the rooms that they belong to.
"""
