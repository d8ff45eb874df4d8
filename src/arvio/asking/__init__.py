"""Asking for reviews: the links that partners give to their customers, and the broker that says
when an app may show its popup.

Neither changes who may review: whoever may not is refused as everybody else. Numbers name nobody.
"""
