"""Who is told what: notices of events, people's preferences, and the mails that come of them.

`tell` writes a notice in the transaction of the action; the worker turns it into mails afterwards
and sends them. This room knows no reviews: a notice brings the public words that its mail needs.
"""
