"""The command line: parse, make one call, print. `main` is the way in, one module per group of commands, `text` is how answers look."""
