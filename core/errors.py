"""What can go wrong, in words a hobbyist can act on: what happened, and what to do next."""


class StudioError(Exception):
    """Something the studio can explain. `message` says what happened, `hint` what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refused(StudioError):
    """The studio will not do this: a rule, a consent or a setting stands against it."""


class Missing(StudioError):
    """Something that is needed is not there: a package, a weight, a picture, a job."""


class BadFile(StudioError):
    """A file that is broken, hostile, or not what its name says."""


class TooBig(StudioError):
    """It does not fit: memory, disk, or a limit of the studio."""


class Cancelled(StudioError):
    """A person stopped it. Not a failure."""

    def __init__(self, message: str = "Stopped.", hint: str = "") -> None:
        super().__init__(message, hint)


class Skipped(Cancelled):
    """A person has enough of one part of a job; it goes on with the next one."""
