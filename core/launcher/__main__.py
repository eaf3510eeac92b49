"""The door that launch.sh and launch.bat knock on: `python core/launcher …`, before anything is installed."""

import sys
from pathlib import Path


def main() -> int:
    # Run as a folder, Python looks for modules beside this file; the house is two floors up.
    root = Path(__file__).resolve().parents[2]
    sys.path[0] = str(root)
    from core.launcher.commands import run

    return run(root, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
