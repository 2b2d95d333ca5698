"""Thousands of resources, sound and broken, before a real API server, ``validate`` and the operator.

``python -m tests.fuzz`` prints the counts; a few hundred of them run with the integration tests.
"""
