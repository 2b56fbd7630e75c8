"""What knows nothing of Flask nor of the session: states, money, months, identifiers, pay formula, text."""
