"""The project's kind cluster, by the fastest way this machine allows: `python3 -m tools.kind up`.

Standard library only: it runs before `make setup`, on a bare machine.
"""
