"""The bank as a place of its own: every question with its use, its figures, its versions, and what a second trainer said of it."""
