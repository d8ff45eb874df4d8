"""The seven tips for a reply: which of them a draft follows, and sentences that say what to add.

`rules.check` is pure; what it knows of English, Russian and Finnish lies in one TOML file each.
Nothing here writes, asks a network, or stops a reply from being sent.
"""
