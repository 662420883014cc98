"""Where something comes from and where it went: files, figures, numbers, tables, through all runs."""
