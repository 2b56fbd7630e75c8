"""What all screens share, and the pages that are more than the page of one record."""
