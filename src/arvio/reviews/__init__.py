"""A review's life: submit, hold, publish, edit, archive, withdraw, reply; its public view; verify.

Words are insert-only and the tables refuse what the code gets wrong. Rules come from the policy,
never from here. One function (`moves.move`) changes states; it changes rating and history in the
same transaction.
"""
