"""What a marketplace tells us: policies, partners, apps, accounts, users, installations, bans.

Facts are upserted as they come: late, repeated and out of order, they end in the same state.
Nothing here knows reviews; what a fact must change further down is a due row.
"""
