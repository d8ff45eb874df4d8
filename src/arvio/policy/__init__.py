"""The rules of a marketplace as data, and the pure decisions that obey them.

Here live presets, validation, verdicts, the form, edit times and display names.
No Django, no database, no sentences: codes and values go out, `catalog.explain` words them.
"""
