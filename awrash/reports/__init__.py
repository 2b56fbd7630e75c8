"""What the team asks: who cannot be paid and why, the stages of the month, delays, cover. Each is one select."""
