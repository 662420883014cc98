"""The executions that a result needs: read off what was recorded and off the text of the cells."""
