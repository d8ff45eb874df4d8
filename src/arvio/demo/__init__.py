"""The demo: two marketplaces with people, apps and reviews, and the bar that moves their clock.

Here live their words and numbers (`words/`, `markets/`) and what loads them by the real actions.
Nothing else may rest on this room, and nothing here may write a state that an action doesn't.
"""
