"""The records that serve the others: accounts, trace, attachments, issued papers, dated figures."""
