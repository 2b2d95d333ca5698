"""Kopf's side of the operator: it is the informer, and each handler only marks a pool dirty.

No handler takes ``patch`` or returns a value: Kopf then writes nothing to any object.
"""
