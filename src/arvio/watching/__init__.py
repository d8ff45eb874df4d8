"""Is the service well: the checks behind `arvio doctor` and `/-/ready`, figures for Prometheus, the
life of a request id in logs. It reads every room; no room knows it, and no review passes here.
"""
