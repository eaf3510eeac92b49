"""Takes a plain background away from a picture: a flood from the edges, soft rims, and no colour left on them.

For sprites that were drawn before one colour. It is no guess at what a person is: on a busy background it says no.
"""

from dataclasses import dataclass
from typing import Any

VERSION = 2
"""Grows when figures come out cleaner: what an older one cut can then be cut again."""
NEAR, FAR = 4.5, 9.0
"""How far from the backdrop, to the eye: nearer than the first is background, farther than the second is not."""
SEED = 0.7
"""The flood begins with what is surely backdrop, by this share of the tolerance, and learns the shading from there."""
DRIFT = 0.8
"""How much the distance from the backdrop as a whole still counts where its shading is followed."""
PALER = 1.4
"""White clothes are a paler shade of any backdrop, so that way counts more than the deeper one, where smears lie."""
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
    unit = max(1, round(min(pixels.shape[:2]) / 200))
    seen = _perceived(ndimage.gaussian_filter(pixels, (0.4 * unit, 0.4 * unit, 0)))
    rim = numpy.concatenate([seen[:3].reshape(-1, 3), seen[: len(seen) * 2 // 3, :3].reshape(-1, 3),
                             seen[: len(seen) * 2 // 3, -3:].reshape(-1, 3)])
    colour = _main_colour(rim)
    plain = float((_distance(rim, colour) < FAR).mean())
    far, behind = _flood(seen, colour, unit, ndimage)
    behind |= _gaps(far < NEAR * 0.7, behind, ndimage)
    solid = _largest(~(behind | _wisps(~behind, far, unit, ndimage)), ndimage)
    inner = ndimage.binary_erosion(solid, iterations=2, border_value=1)
    ramp = numpy.clip((far - NEAR / 2) / (FAR - NEAR / 2), 0.0, 1.0)
    alpha = numpy.where(inner, 1.0, numpy.where(ndimage.binary_dilation(solid, iterations=1), ramp, 0.0))
    alpha = numpy.where(solid & ~inner, numpy.maximum(alpha, 0.35), alpha)
    clean = _clean_rim(pixels, alpha, _around(pixels, behind, unit, ndimage), inner, ndimage)
    made = numpy.dstack([clean, alpha * 255.0]).round().clip(0, 255).astype("uint8")
    return Cut(Image.fromarray(made, "RGBA"), plain, float(solid.mean()))


def trim(picture: Any, margin: float = 0.03) -> Any:
    """Without the empty sides. The height stays, so that all faces of a person stand alike."""
    box = picture.getchannel("A").point(lambda value: 255 * (value > 16)).getbbox()
    if box is None:
        return picture
    edge = round(picture.width * margin)
    return picture.crop((max(0, box[0] - edge), 0, min(picture.width, box[2] + edge), picture.height))


def _perceived(pixels: Any) -> Any:
    """Oklab, times a hundred: lightness, and two axes of colour, evenly spaced to the eye."""
    import numpy

    light = (pixels / 255.0) ** 2.2
    cones = numpy.cbrt(light @ numpy.array([[0.4122, 0.2119, 0.0883], [0.5363, 0.6807, 0.2817],
                                            [0.0514, 0.1074, 0.6300]], "float32"))
    return 100 * cones @ numpy.array([[0.2105, 1.9780, 0.0259], [0.7936, -2.4286, 0.7828],
                                      [-0.0041, 0.4506, -0.8087]], "float32")


def _main_colour(rim: Any) -> Any:
    """The colour that most of the rim has."""
    import numpy

    names = (rim // 4 + 64).astype("int64") @ numpy.array([1, 128, 16384])
    found, counts = numpy.unique(names, return_counts=True)
    chosen = rim[names == found[counts.argmax()]]
    return numpy.median(rim[_distance(rim, chosen.mean(0)) < FAR], axis=0)


def _distance(seen: Any, colour: Any) -> Any:
    """How far each pixel is from the backdrop. A shade of its own hue is nearer to it than a paler or other colour."""
    import numpy

    depth = numpy.linalg.norm(colour[..., 1:], axis=-1)
    hue, strong = colour[..., 1:] / numpy.maximum(depth, 3.0)[..., None], numpy.clip(depth / 6, 0.0, 1.0)
    apart = seen - colour
    along = (apart[..., 1:] * hue).sum(-1)
    across = numpy.linalg.norm(apart[..., 1:] - along[..., None] * hue, axis=-1)
    down = numpy.where(apart[..., 0] > 0, PALER, 1.0)
    along = numpy.where(along > 0, 1 - 0.5 * strong, down) * along
    lighter = (0.9 - 0.45 * strong) * apart[..., 0]
    return numpy.sqrt(lighter ** 2 + along ** 2 + (1.3 * across) ** 2)


def _flood(seen: Any, colour: Any, unit: int, ndimage: Any) -> tuple[Any, Any]:
    """How far each pixel is from the backdrop around it, and what hangs together with the rim; shading is followed."""
    import numpy

    limit = (NEAR + FAR) / 2
    whole = _distance(seen, colour)
    far, behind = whole, _reached(whole < limit * SEED, unit, ndimage)
    for _ in range(2):
        if not behind.any():
            break
        near = _distance(seen, _around(seen, behind & (whole < limit), unit, ndimage))
        far = numpy.maximum(near, DRIFT * whole)
        behind = _reached(far < limit, unit, ndimage)
    return far, behind


def _around(values: Any, where: Any, unit: int, ndimage: Any) -> Any:
    """At each pixel the mean of the values nearby, of those that count; far from all of them, their mean."""
    import numpy

    size = 2 * 16 * unit + 1
    counts = ndimage.uniform_filter(where.astype("float32"), size) + 1e-4
    total = values[where].mean(0) if where.any() else values.mean((0, 1))
    return numpy.dstack([(ndimage.uniform_filter(numpy.where(where, values[..., channel], 0), size)
                          + 1e-4 * total[channel]) / counts for channel in range(3)])


def _reached(near: Any, leak: int, ndimage: Any) -> Any:
    """Background-coloured pixels that hang together with the left, right or upper edge, not through a narrow leak."""
    import numpy

    parts, _ = ndimage.label(ndimage.binary_erosion(near, iterations=leak, border_value=1))
    touching = numpy.unique(numpy.concatenate([parts[0], parts[:, 0], parts[:, -1]]))
    return near & ndimage.binary_dilation(numpy.isin(parts, touching[touching > 0]), iterations=leak + 1)


def _wisps(figure: Any, far: Any, unit: int, ndimage: Any) -> Any:
    """Thin smears of nearly the backdrop's colour that cling to the figure."""
    import numpy

    reach = 3 * unit
    wide = numpy.pad(figure, reach, mode="edge")
    thick = ndimage.distance_transform_edt(wide) > reach
    kept = (ndimage.distance_transform_edt(~thick) <= reach)[reach:-reach, reach:-reach] if thick.any() else figure
    return figure & ~kept & (far < 1.5 * FAR)


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
