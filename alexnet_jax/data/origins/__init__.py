"""Where pictures come from: each origin lists its files with their classes, and reads none yet."""
