"""`photos`: sixteen photographs and textures that need no download, as a TFDS data set."""
