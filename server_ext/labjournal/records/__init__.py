"""What leaves the house: a page to read, a notebook to run, a record to reproduce from, the page of a day. Nothing is executed here."""
