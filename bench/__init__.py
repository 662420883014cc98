"""What labjournal costs, measured: `make bench`. Ratios against a plain kernel, taken in turns so that the machine's moods cancel."""
