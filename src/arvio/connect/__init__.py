"""Facts and reviews from the outside: files today, platforms as they come.

Rows are turned into facts and reviews through the same tables and constraints as everything else.
"""
