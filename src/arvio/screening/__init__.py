"""Flags on words and on bursts: facts in, flags out, each with its evidence.

The same checks look at every review, whatever its stars. Nothing here hides, delays or decides:
what a check finds is shown to a moderator, and only a policy can make it a refusal.
"""
