"""What a change of rules would do to what is there: counted on the real data, with the lists behind
each figure. It reads and never writes, and knows nothing of pages.
"""
