"""Pictures that strangers send: looked at before they are kept, and kept without their secrets."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_FILES = 3
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 50_000_000
SIDE = 1600
FORMATS = ("JPEG", "PNG")


class BadPicture(ValueError):
    """The file can't be kept. ``code`` is ``too_many``, ``too_large`` or ``no_picture``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def clean(content):
    """Return the picture as a JPEG of at most :data:`SIDE` pixels, without place and time.

    :raise BadPicture:
    """
    if len(content) > MAX_BYTES:
        raise BadPicture("too_large")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise BadPicture("too_large")
        picture = ImageOps.exif_transpose(picture).convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=82)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadPicture("no_picture") from None
    return stream.getvalue()


def clean_all(contents):
    """Return all pictures cleaned, empty files left out.

    :raise BadPicture: one is bad, or there are too many
    """
    given = [content for content in contents if content]
    if len(given) > MAX_FILES:
        raise BadPicture("too_many")
    return [clean(content) for content in given]
