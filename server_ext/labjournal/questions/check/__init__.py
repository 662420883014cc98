"""Would a notebook run from top to bottom, and what would it show that it does not show now. Nothing is executed."""
