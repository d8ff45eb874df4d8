"""The desk: pages of a marketplace's moderators and operators."""
