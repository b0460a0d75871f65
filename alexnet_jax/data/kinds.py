"""Which files are taken for pictures, and which kinds of file are read, for all commands."""

from pathlib import Path

# Endings of the files in a folder or tar that are taken for pictures; what they really hold is seen
# when decoding. Some cannot be read: then each is named, and does not just vanish.
ENDINGS = frozenset(
    (
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg"),
        *(".jxl", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)
# Pillow has readers of more kinds. Most are of drawings and documents, one of which starts another
# program (Ghostscript, for EPS); no file can reach any of them.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF", "JPEG2000")

HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis")
BEGINNINGS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
)
NEAR_THE_START = 1024  # bytes in which an SVG says that it is one


def is_picture(name: str) -> bool:
    """By the ending of its name alone."""
    return Path(name).suffix.lower() in ENDINGS


def not_read(data: bytes) -> str:
    """The kind of a file, if it is one of those that people take for pictures and that are not
    read here; else ""."""
    start = data[:NEAR_THE_START]
    if start[4:8] == b"ftyp" and any(brand in start[8:64] for brand in HEIC):
        return "HEIC"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in start:
        return "an SVG drawing"
    return next((kind for magic, kind in BEGINNINGS if start.startswith(magic)), "")
