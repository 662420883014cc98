"""Which of my tries was best: results with their parameters and metrics, side by side."""
