"""Recipes held against messy notebooks: which executions a result really needs is known, because leaving out each one was tried."""
