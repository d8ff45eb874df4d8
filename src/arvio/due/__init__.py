"""What is to happen later: a row for each, with kind, key and due time, and who claims it.

This room knows nobody: kinds are plain words, and `work` says which action serves which kind. Rows
are written in the transaction of the action that wants them, removed in the one that serves them.
"""
