"""The figures that the README quotes, each with the command that makes it: `python -m bench NAME`.

A bench is a module (or package) here with three names, listed in `__main__.BENCHES`:

- `SUMMARY`: what it measures, in a line;
- `add_arguments(parser)`: its options, with the defaults that make the quoted figures;
- `run(options) -> Result`: measures, and gives the tables. Raises BenchError, with a sentence, where it cannot measure:
  a bench that cannot measure fails. It leaves nothing behind, also when it is interrupted, and is bounded in time.

Shared by all:

- `result`: Table, Result, BenchError; printed, and kept in `results/NAME.md` with command, date and machine;
- `figures`: percentiles and ratios;
- `keda`: the ScaledObject of a comparison;
- `cluster`: kubectl, helm, the operator's release, a namespace for a while, a Redis and the way to it;
- `tools.kind.addons`: metrics-server, kwok and KEDA on the kind cluster.
"""
