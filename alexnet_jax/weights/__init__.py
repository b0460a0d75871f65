"""Parameters in other programs' files: read strictly, written so that those programs read them.

Nothing that lies in a file is ever run. A file gives exactly the parameters of the network that
was named, or an error that lists what is missing, left over, or of another shape.
"""
