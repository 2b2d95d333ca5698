"""What runs in the pods, brought there as text: nothing of it is in an image."""
