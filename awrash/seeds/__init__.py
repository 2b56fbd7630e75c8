"""What every installation begins with: the dated figures, the lists, the texts of the papers."""
