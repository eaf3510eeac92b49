"""Where the studio runs (own computer, Space, Pod, Serverless, Colab) and what follows: the home folder, whether it
outlives a restart, the address, who asks for the login. Only looks and says; opening the folder is the studio's."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEFAULT_PORT = 7860
POD_VOLUME = Path("/workspace")
SERVERLESS_VOLUME = Path("/runpod-volume")
NO_BORROWED_GPU = (
    "This Space lends its graphics card by the minute (ZeroGPU), which the studio cannot use: it works on the "
    "processor. A Space with a card of its own is faster."
)


@dataclass(frozen=True)
class Host:
    """One kind of place. `warning` is a sentence for the window ("" when nothing can be lost); `volume` the one
    folder that outlives a restart, where not all do."""

    key: str
    name: str
    home: Path
    home_reason: str
    keeps_files: bool = True
    warning: str = ""
    address: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    may_move_port: bool = True
    faces_internet: bool = False
    asks_login_itself: bool = False
    borrowed_gpu: bool = False
    single_writer: bool = False
    volume: Path | None = None
    web_names: tuple[str, ...] = ()
    url: str = ""

    def needs_password(self, address: str, share: bool = False) -> bool:
        """Anyone but this computer's own user can reach the page, and nobody else asks who they are."""
        if share:
            return True
        reachable = self.faces_internet or address not in LOOPBACK
        return reachable and not self.asks_login_itself


IsMount = Callable[[Path], bool]


def detect(
    repository: Path,
    environ: Mapping[str, str] = os.environ,
    root: Path = Path("/"),
    is_mount: IsMount = os.path.ismount,
) -> Host:
    """The host from its environment variables and folders. The most special first: a Serverless worker also
    carries the variables of a Pod."""
    if environ.get("SPACE_ID"):
        host = describe_space(repository, environ, is_mount)
    elif environ.get("RUNPOD_ENDPOINT_ID") or environ.get("RUNPOD_WEBHOOK_GET_JOB"):
        host = describe_serverless(repository, root)
    elif environ.get("RUNPOD_POD_ID"):
        host = describe_pod(repository, environ, root)
    elif environ.get("COLAB_RELEASE_TAG") or environ.get("COLAB_GPU"):
        host = describe_colab(repository, root)
    else:
        host = Host("computer", "this computer", repository, "the folder of the studio itself")
    host = apply_settings(host, environ, is_mount)
    return replace(host, warning=f"{host.warning} {NO_BORROWED_GPU}".strip()) if host.borrowed_gpu else host


def past_proxies(environ: Mapping[str, str]) -> str:
    """The value of `no_proxy` with this computer in it: while it starts, the studio asks itself whether it answers, and
    a proxy of the network could not tell."""
    given = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    return ",".join(filter(None, (given, "localhost,127.0.0.1,::1")))


def announce_to_zero_gpu() -> bool:
    """A ZeroGPU Space refuses to start a program that never asks for a card, so one small function does. Elsewhere, and
    where the package of that host is missing, nothing happens."""
    if importlib.util.find_spec("spaces") is None:
        return False
    importlib.import_module("spaces").GPU(card_in_sight)
    return True


def card_in_sight() -> str:
    """What a borrowed card is called."""
    torch = importlib.import_module("torch")
    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else ""


def describe_space(repository: Path, environ: Mapping[str, str], is_mount: IsMount) -> Host:
    web_name = environ.get("SPACE_HOST", "")
    borrowed = bool(environ.get("SPACES_ZERO_GPU"))
    return Host(
        "space",
        "a Hugging Face Space with borrowed graphics cards (ZeroGPU)" if borrowed else "a Hugging Face Space",
        repository,
        "the folder of the Space, because STUDIONOVA_HOME names no storage bucket",
        keeps_files=False,
        warning="This Space forgets everything when it restarts. To keep your work, mount a storage bucket and set "
        "the variable STUDIONOVA_HOME to a folder in it.",
        address="0.0.0.0",
        may_move_port=False,
        faces_internet=True,
        borrowed_gpu=borrowed,
        web_names=(web_name,) if web_name else ("*.hf.space",),
        url=f"https://{web_name}" if web_name else "",
    )


def describe_pod(repository: Path, environ: Mapping[str, str], root: Path) -> Host:
    volume = root / POD_VOLUME.relative_to("/")
    on_network = bool(environ.get("RUNPOD_VOLUME_ID"))
    host = Host(
        "pod",
        "a RunPod Pod",
        volume / "studionova",
        "the network volume of the Pod" if on_network else "the volume disk of the Pod",
        warning=""
        if on_network
        else "This Pod's disk is kept when the Pod stops and deleted when the Pod is terminated. Attach a network "
        "volume to keep your work for good.",
        address="0.0.0.0",
        may_move_port=False,
        faces_internet=True,
        single_writer=on_network,
        volume=volume,
    )
    if not volume.is_dir():
        host = replace(
            host,
            home=repository,
            home_reason="the folder of the studio, because this Pod has no /workspace",
            keeps_files=False,
            warning="This Pod has no volume at /workspace: your work is lost when it stops. Add a volume to keep it.",
        )
    return host


def describe_serverless(repository: Path, root: Path) -> Host:
    volume = root / SERVERLESS_VOLUME.relative_to("/")
    kept = volume.is_dir()
    return Host(
        "serverless",
        "a RunPod Serverless worker",
        volume / "studionova" if kept else repository,
        "the network volume of the endpoint" if kept else "the folder of the studio, because no volume is attached",
        keeps_files=kept,
        warning=""
        if kept
        else "This worker forgets everything when it stops. Attach a network volume to the endpoint to keep your work.",
        address="0.0.0.0",
        may_move_port=False,
        faces_internet=True,
        single_writer=kept,
        volume=volume,
    )


def describe_colab(repository: Path, root: Path) -> Host:
    drive = root / "content/drive/MyDrive"
    kept = drive.is_dir()
    return Host(
        "colab",
        "Google Colab",
        drive / "studionova" if kept else repository,
        "your Google Drive" if kept else "the folder of the studio, because no Google Drive is mounted",
        keeps_files=kept,
        warning=""
        if kept
        else "Colab forgets everything when the session ends. Mount your Google Drive before starting, to keep your "
        "work.",
        asks_login_itself=True,
        single_writer=kept,
        volume=drive,
    )


def apply_settings(host: Host, environ: Mapping[str, str], is_mount: IsMount) -> Host:
    """What a person set wins over what the host suggests."""
    if environ.get("STUDIONOVA_HOME"):
        home = Path(environ["STUDIONOVA_HOME"]).expanduser().absolute()
        host = replace(host, home=home, home_reason="STUDIONOVA_HOME")
        if host.key == "space":
            host = judge_bucket(host, is_mount)
        elif host.volume and host.volume not in (home, *home.parents):
            host = replace(
                host,
                keeps_files=False,
                warning=f"{home} is lost when {host.name} stops. Choose a folder in {host.volume} to keep your work.",
            )
    port = environ.get("STUDIONOVA_PORT", "")
    if port.isdigit() and 0 < int(port) < 65536:
        host = replace(host, port=int(port))
    if environ.get("STUDIONOVA_LOGIN") == "host":
        host = replace(host, asks_login_itself=True)
    if host.key == "pod":
        name = f"{environ['RUNPOD_POD_ID']}-{host.port}.proxy.runpod.net"
        host = replace(host, web_names=(name,), url=f"https://{name}")
    return host


def judge_bucket(host: Host, is_mount: IsMount) -> Host:
    """A bucket is a mount of its own; a folder on the Space's own disk looks the same and is lost."""
    mounted = any(is_mount(folder) for folder in (host.home, *host.home.parents) if folder != folder.parent)
    if mounted:
        return replace(host, keeps_files=True, warning="", home_reason="the bucket named by STUDIONOVA_HOME")
    return replace(
        host,
        home_reason="STUDIONOVA_HOME, which is no mounted bucket",
        warning=f"No storage bucket is mounted at {host.home}: this Space forgets everything when it restarts. "
        "Mount a bucket there in the Space's settings to keep your work.",
    )
