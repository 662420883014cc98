"""Long afternoons on real notebooks: what a person leaves who edits, errs, deletes, runs out of order and restarts, and what an export makes of it."""
