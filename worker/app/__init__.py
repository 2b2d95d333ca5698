"""RevRx reports: the tasks that the worker image runs, and the command that submits and shows them."""
