"""A marketplace's policy as it changes: the draft, the versions in their time, and all of it in
words. What a policy may say is `arvio.policy`; nothing here decides by what it says.
"""
