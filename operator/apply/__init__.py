"""Carrying a plan out: on a cluster, or as processes on this machine."""
