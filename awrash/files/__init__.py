"""Lists in and out: imports, exports, tables, and files that live for an hour."""
