"""The ground of the records: how a database is opened, what a column holds, what a session writes."""
