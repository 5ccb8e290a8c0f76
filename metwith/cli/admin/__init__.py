"""Commands of the operator, about who and what is in an installation."""
