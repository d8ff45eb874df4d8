"""The pages: storefront, card, the pages inside the product, and the bar of the demo.

A view parses, calls one action or query, and renders. What a page shows of a rating or a review is
prepared in `shown`
and `mine`; rules, SQL and sentences about rules live in the rooms above.
"""
