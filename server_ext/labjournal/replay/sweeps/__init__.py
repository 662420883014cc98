"""The same recorded code tried with other values, many at once."""
