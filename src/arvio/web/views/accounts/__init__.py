"""Signing in, one's own security, and the door that an invitation opens."""
