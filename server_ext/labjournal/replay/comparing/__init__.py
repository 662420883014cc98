"""Whether two honest executions of the same code came to the same: outputs, metrics, and files by what they hold."""
