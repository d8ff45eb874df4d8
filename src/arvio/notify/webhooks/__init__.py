"""Webhooks: events for programs, sent to the addresses that a marketplace or a partner names.

`record` writes a history and the events that it means, in one transaction. Of reviews, replies and
cases nothing is kept or sent here but ids, tags and states.
"""
