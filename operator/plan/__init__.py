"""What to do, from what is: pure functions over the model. Time is an argument; no clock and no socket is read."""
