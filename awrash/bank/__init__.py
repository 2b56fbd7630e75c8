"""What the bank sends back: the columns of its files, their lines, and what is kept of them."""
