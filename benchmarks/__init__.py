"""Speed as ratios: Arvio beside something simpler that does the same outside work, in one run."""
