"""The files that go to CNSS and what comes back: Damancom, declarations, complements."""
