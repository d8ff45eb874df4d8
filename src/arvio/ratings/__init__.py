"""What reviews add up to: day counts, summaries, the score and the order of the storefront.

Integers are changed in the transaction of the review that changes them; `verify` recounts
them from the reviews. This room never looks at words.
"""
