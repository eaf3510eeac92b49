# What the script calls: the dice, the arithmetic and the shown values, the same as in the studio's own player.
init -20 python in sn:
    import math

    LIMIT = 1000000000
    SMALLEST = 1e-9
    LONGEST = 2000

    def clamp(x):
        return -LIMIT if x < -LIMIT else LIMIT if x > LIMIT else x

    def times(a, b):
        return clamp(a * b)

    def divide(a, b):
        return clamp(a / float(b)) if abs(b) >= SMALLEST else 0

    def remainder(a, b):
        return a - b * floor(a / float(b)) if abs(b) >= SMALLEST else 0

    def floor(x):
        return int(math.floor(x))

    def round(x):
        return floor(x + 0.5)

    def min(a, b):
        return b if b < a else a

    def max(a, b):
        return b if b > a else a

    def abs(x):
        return -x if x < 0 else x

    def show(x):
        if x is True or x is False:
            return "yes" if x else "no"
        if not isinstance(x, (int, float)):
            return x
        hundredths = floor(abs(x) * 100 + 0.5)
        tail = ("%02d" % (hundredths % 100)).rstrip("0")
        return ("-" if x < 0 and hundredths else "") + str(hundredths // 100) + ("." + tail if tail else "")

    def join(a, b):
        return (show(a) + show(b))[:LONGEST]

    def whole(x):
        return floor(clamp(x))

    def number(x):
        return clamp(x)

    def flag(x):
        return bool(x)

    def text(x):
        return x[:LONGEST]

    def draw():
        global seed
        seed = (seed + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((seed ^ (seed >> 15)) * (seed | 1)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return (t ^ (t >> 14)) / 4294967296.0

    def roll(a, b):
        a, b = floor(a), floor(b)
        low, high = min(a, b), max(a, b)
        return low + floor(draw() * (high - low + 1))

    def chance(percent):
        return draw() * 100 < percent

    def pick(ways):
        """Which of (number, weight) pairs chance takes; -1 of none."""
        if not ways:
            return -1
        total = 0.0
        for way, weight in ways:
            total += weight
        number = draw()
        if total <= 0:
            return ways[int(number * len(ways))][0]
        aim, passed, last = number * total, 0.0, -1
        for way, weight in ways:
            if weight > 0:
                passed += weight
                last = way
                if aim < passed:
                    return way
        return last

    def visits(scene):
        return visited.get(scene, 0)

    def enter(scene):
        visited[scene] = visited.get(scene, 0) + 1

    def voice_of(line):
        for ending in (".ogg", ".opus", ".mp3", ".wav"):
            if renpy.loadable("voice/" + line + ending):
                return "voice/" + line + ending
        return None

    class Shown(object):
        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            return show(getattr(renpy.store.story, name)).replace("{", "{{")

    class ShownKept(object):
        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            return show(getattr(renpy.store.persistent, "story_" + name)).replace("{", "{{")

    shown = Shown()
    kept = ShownKept()

default sn.visited = {}
default sn.picked = -1
define config.auto_voice = sn.voice_of

transform sn_far_left:
    xpos 0.14 xanchor 0.5 yalign 1.0
transform sn_left:
    xpos 0.28 xanchor 0.5 yalign 1.0
transform sn_center:
    xpos 0.5 xanchor 0.5 yalign 1.0
transform sn_right:
    xpos 0.72 xanchor 0.5 yalign 1.0
transform sn_far_right:
    xpos 0.86 xanchor 0.5 yalign 1.0
transform sn_zoom_in(t=2.0):
    subpixel True anchor (0.5, 0.5) pos (0.5, 0.5)
    ease t zoom 1.15 xoffset 0
transform sn_zoom_out(t=2.0):
    subpixel True anchor (0.5, 0.5) pos (0.5, 0.5) zoom 1.15 xoffset 0
    ease t zoom 1.0
transform sn_pan_left(t=2.0):
    subpixel True anchor (0.5, 0.5) pos (0.5, 0.5)
    ease t zoom 1.12 xoffset 70
transform sn_pan_right(t=2.0):
    subpixel True anchor (0.5, 0.5) pos (0.5, 0.5)
    ease t zoom 1.12 xoffset -70
transform sn_reset(t=0.5):
    ease t zoom 1.0 xoffset 0
