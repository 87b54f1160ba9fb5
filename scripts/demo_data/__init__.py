"""Two months in the life of an Indonesian shop, for a database to look at. See `story.py`."""
