"""What a rule is, the hook that runs the rules before anything is written, and the rules of any office."""
