"""The looks that were made at a trial: the file that remembers them, and what they cost its end."""
