"""How much of what a person would want is found without a line of code, and how much of what is shown somebody would want."""
