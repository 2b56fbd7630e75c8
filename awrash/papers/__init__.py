"""Paper out: the catalogue, the fields a paper prints, what it requires, its typesetting and its issue."""
