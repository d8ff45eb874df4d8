"""Arvio: ratings and reviews for app marketplaces."""
