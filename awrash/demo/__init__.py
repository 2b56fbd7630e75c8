"""An invented prefecture, the same on each run."""
