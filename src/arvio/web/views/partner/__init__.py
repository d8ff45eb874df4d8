"""The partner's pages, each behind one door (`access.py`) that finds the member and the right."""
