"""What is to happen later: a row for each, with its kind, its key and its due time, and who claims it.

This room knows nobody: kinds are plain words, and `work` says which action serves which kind.
Rows are written in the transaction of the action that wants them and removed in the one that serves them.
"""
