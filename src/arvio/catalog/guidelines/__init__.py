"""The review guidelines of a marketplace: the rules that decisions and bans rest on, and the texts
that every marketplace begins with. What is done about a breach stands elsewhere.
"""
