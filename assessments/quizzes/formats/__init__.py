"""Files of other systems: questions in, questions out, and a word on everything that could not come along."""
