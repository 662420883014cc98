"""Is the right cause ranked first in notebooks of others? `bed` executes them, `injecting` knows what can be done to one."""
