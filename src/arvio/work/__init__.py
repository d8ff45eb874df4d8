"""The worker: which action serves which kind of due row, and the loop that claims them.

It knows both ends, the rows and the actions; nobody knows it but the commands.
"""
