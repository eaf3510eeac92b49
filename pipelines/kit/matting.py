"""Takes a plain background away from a picture: a flood from the edges, soft rims, and no colour left on them.

For sprites that were drawn before one colour. It is no guess at what a person is: on a busy background it says no.
"""

from dataclasses import dataclass
from typing import Any

NEAR, FAR = 26.0, 62.0
"""Distance of colours (0 to 441): nearer than the first is background, farther than the second is the figure."""
KINDRED = 70.0
PLAIN_SHARE = 0.75
"""How much of the upper rim has to be of one colour."""


@dataclass(frozen=True)
class Cut:
    """A picture with transparency. `plain` is the share of the rim that was background; `figure` of what remains."""

    picture: Any
    plain: float
    figure: float

    @property
    def good(self) -> bool:
        return self.plain >= PLAIN_SHARE and 0.08 <= self.figure <= 0.92


def cut_out(picture: Any) -> Cut:
    """The figure of a picture that was drawn before a plain backdrop, as RGBA of the same size."""
    import numpy
    from PIL import Image
    from scipy import ndimage

    pixels = numpy.asarray(picture.convert("RGB"), dtype="float32")
    rim = numpy.concatenate([pixels[:3].reshape(-1, 3), pixels[: len(pixels) * 2 // 3, :3].reshape(-1, 3),
                             pixels[: len(pixels) * 2 // 3, -3:].reshape(-1, 3)])
    colour = _main_colour(rim)
    far = _distance(ndimage.gaussian_filter(pixels, (0.6, 0.6, 0)), colour)
    plain = float((numpy.linalg.norm(rim - colour, axis=1) < FAR).mean())
    behind = _reached(far < (NEAR + FAR) / 2, ndimage)
    behind |= _gaps(far < NEAR * 0.7, behind, ndimage)
    solid = _largest(~behind, ndimage)
    inner = ndimage.binary_erosion(solid, iterations=2, border_value=1)
    ramp = numpy.clip((far - NEAR) / (FAR - NEAR), 0.0, 1.0)
    alpha = numpy.where(inner, 1.0, numpy.where(ndimage.binary_dilation(solid, iterations=1), ramp, 0.0))
    alpha = numpy.where(solid & ~inner, numpy.maximum(alpha, 0.35), alpha)
    clean = _clean_rim(pixels, alpha, colour, inner, ndimage)
    made = numpy.dstack([clean, alpha * 255.0]).round().clip(0, 255).astype("uint8")
    return Cut(Image.fromarray(made, "RGBA"), plain, float(solid.mean()))


def trim(picture: Any, margin: float = 0.03) -> Any:
    """Without the empty sides. The height stays, so that all faces of a person stand alike."""
    box = picture.getchannel("A").point(lambda value: 255 * (value > 16)).getbbox()
    if box is None:
        return picture
    edge = round(picture.width * margin)
    return picture.crop((max(0, box[0] - edge), 0, min(picture.width, box[2] + edge), picture.height))


def _main_colour(rim: Any) -> Any:
    """The colour that most of the rim has."""
    import numpy

    rough = (rim // 24).astype("int64")
    names, counts = numpy.unique(rough @ numpy.array([1, 64, 4096]), return_counts=True)
    chosen = rim[(rough @ numpy.array([1, 64, 4096])) == names[counts.argmax()]]
    close = rim[numpy.linalg.norm(rim - chosen.mean(0), axis=1) < FAR / 2]
    return numpy.median(close, axis=0)


def _distance(pixels: Any, colour: Any) -> Any:
    """How far each pixel is from the backdrop; a floor of a kindred colour at its foot belongs to it."""
    import numpy

    far = numpy.linalg.norm(pixels - colour, axis=2)
    feet = [numpy.median(pixels[-4:, side].reshape(-1, 3), axis=0) for side in (slice(0, 4), slice(-4, None))]
    kindred = [foot for foot in feet if NEAR < numpy.linalg.norm(foot - colour) < KINDRED]
    low = slice(len(far) // 2, None)
    for foot in kindred:
        far[low] = numpy.minimum(far[low], numpy.linalg.norm(pixels[low] - foot, axis=2))
    return far


def _reached(near: Any, ndimage: Any) -> Any:
    """Background-coloured pixels that hang together with the left, right or upper edge."""
    import numpy

    parts, _ = ndimage.label(near)
    touching = numpy.unique(numpy.concatenate([parts[0], parts[:, 0], parts[:, -1]]))
    return numpy.isin(parts, touching[touching > 0])


def _gaps(near: Any, behind: Any, ndimage: Any) -> Any:
    """Holes of just the background's colour, such as between an arm and the body; small ones may be a button."""
    import numpy

    parts, count = ndimage.label(near & ~behind)
    if not count:
        return numpy.zeros_like(behind)
    sizes = ndimage.sum_labels(numpy.ones_like(parts), parts, numpy.arange(1, count + 1))
    return numpy.isin(parts, 1 + numpy.flatnonzero(sizes > near.size * 0.004))


def _largest(figure: Any, ndimage: Any) -> Any:
    """The figure without crumbs: every part that is at least a fiftieth of the largest."""
    import numpy

    parts, count = ndimage.label(figure)
    if count < 2:
        return figure
    sizes = ndimage.sum_labels(numpy.ones_like(parts), parts, numpy.arange(1, count + 1))
    return numpy.isin(parts, 1 + numpy.flatnonzero(sizes > sizes.max() / 50))


def _clean_rim(pixels: Any, alpha: Any, colour: Any, inner: Any, ndimage: Any) -> Any:
    """On the rim, the colour of the nearest pixel inside: so no light of the backdrop shines through."""
    import numpy

    if not inner.any():
        return pixels
    nearest = ndimage.distance_transform_edt(~inner, return_distances=False, return_indices=True)
    inside = pixels[nearest[0], nearest[1]]
    share = numpy.clip(alpha, 0.0, 1.0)[..., None]
    own = (pixels - (1 - share) * colour) / numpy.maximum(share, 0.2)
    mixed = 0.35 * own.clip(0, 255) + 0.65 * inside
    return numpy.where(inner[..., None], pixels, mixed)
