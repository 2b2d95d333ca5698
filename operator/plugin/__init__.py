"""The commands for people: ``kubectl revrx COMMAND``, and the same as ``revrx-operator COMMAND``."""
