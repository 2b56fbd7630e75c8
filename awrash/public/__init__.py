"""The pages that answer without an account, and how often an address may ask."""
