"""Reports, cases, decisions, appeals, disputes and corrections: who may ask what, by when it is
answered, and what a decision does.

A review is changed by the verbs of `reviews`, in the transaction of the decision; nothing here
changes a state, a rating or a place itself.
"""
