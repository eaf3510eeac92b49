#!/usr/bin/env bash
# Opens StudioNova on Linux and macOS: finds a Python 3.11 to 3.13 that really runs; core/launcher does the rest.
set -u

here=$(cd -- "$(dirname -- "$(readlink -f -- "$0" 2>/dev/null || printf '%s' "$0")")" && pwd -P)
venv="$here/.venv/bin/python"
fits='import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))'

if [ -x "$venv" ] && "$venv" -I -S -c "$fits" >/dev/null 2>&1; then
    exec "$venv" -I "$here/core/launcher" "$@"
fi

# A name alone proves nothing: version managers leave commands that fail when called, and Debian parts venv off.
without_venv=
for candidate in ${STUDIONOVA_PYTHON:+"$STUDIONOVA_PYTHON"} python3.13 python3.12 python3.11 python3 python; do
    "$candidate" -I -c "$fits" >/dev/null 2>&1 || continue
    if "$candidate" -I -c 'import ensurepip, venv' >/dev/null 2>&1; then
        exec "$candidate" -I "$here/core/launcher" "$@"
    fi
    without_venv=${without_venv:-$("$candidate" -I -c 'import sys; print("python%d.%d" % sys.version_info[:2])')}
done

if [ -n "$without_venv" ]; then
    echo "StudioNova: $without_venv is here, but without its venv part. Install it and start again:" >&2
    echo "  sudo apt install $without_venv-venv" >&2
    exit 1
fi
echo "StudioNova needs Python 3.11, 3.12 or 3.13 (64 bit), and none of them runs here. Install one and start again:" >&2
case "$(uname -s)" in
    Darwin) echo "  brew install python@3.12        or the installer from https://www.python.org/downloads/" >&2 ;;
    *) echo "  Debian, Ubuntu: sudo apt install python3 python3-venv     Fedora: sudo dnf install python3.12" >&2
       echo "  Arch: sudo pacman -S python312     elsewhere: https://www.python.org/downloads/" >&2 ;;
esac
exit 1
