"""What changed between two runs, results or executions: the plain differences, what explains them, and in which order."""
