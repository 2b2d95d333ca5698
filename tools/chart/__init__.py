"""The chart: its values, and the files made from them."""
