"""What the team does, by subject; an operation gets the records, the day and the actor, and never commits."""
