"""A child process for the survival tests: submits jobs and saves pictures without pause, and says what was promised.

Run as `python -m tests.core.diligent HOME`; each line on its output was durable before it was written.
"""

import sys
from pathlib import Path

import pipelines
from core.home import Home
from core.machine import Machine
from core.studio import Studio


def main(home: Path) -> None:
    from PIL import Image

    studio = Studio(Home(home), pipelines, {}, Machine("Linux", "6", "x86_64", "any", 2, 2, (), 8.0)).start()
    for number in range(10_000):
        picture = studio.assets.save(Image.new("RGB", (8, 8), (number % 255, 0, 0)), folder="images", suffix=".png",
                                     record={"title": f"n{number}"})
        promise("asset", picture.id)
        job = studio.submit("upscale.lanczos", {"pictures": [picture.id], "scale": 2.0})
        promise("job", job.id)
        studio.store.put("characters", f"c{number}", {"name": "Mira", "number": number})
        studio.store.flush()
        promise("row", f"c{number}")


def promise(kind: str, name: str) -> None:
    sys.stdout.write(f"{kind} {name}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
