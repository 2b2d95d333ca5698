"""What a user sees while it is measured."""


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"scale: {text}", flush=True)
