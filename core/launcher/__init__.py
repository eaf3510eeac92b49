"""Makes `.venv` fit this computer and starts the studio in it. It lives in `core` because it needs exactly what core
promises, the standard library alone, and is tested like the rest; launch.sh and launch.bat only find a Python."""
