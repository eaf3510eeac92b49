"""The RunPod Serverless worker: opens the studio once, then answers events. The image needs `pip install runpod`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pipelines  # noqa: E402
from core.home import Home  # noqa: E402
from core.hosts import detect  # noqa: E402
from core.serverless import handle  # noqa: E402
from core.studio import Studio  # noqa: E402


def main() -> None:
    import runpod

    host = detect(Path(__file__).resolve().parent.parent)
    studio = Studio(Home(host.home), pipelines).start()
    runpod.serverless.start({"handler": lambda event: handle(studio, event)})


if __name__ == "__main__":
    main()
