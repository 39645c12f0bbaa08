"""Users: only an administrator in admin mode can see or change anything in Geo."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A person who is signed in.

    Attributes:
        username: The username.
        is_admin: Whether the person is an administrator.
        is_in_admin_mode: Whether the person has entered admin mode.
    """

    username: str
    is_admin: bool = False
    is_in_admin_mode: bool = True

    @property
    def can_read_all_geo(self) -> bool:
        """Whether the person may see and change registries."""
        return self.is_admin and self.is_in_admin_mode


def can_read_all_geo(user: User | None) -> bool:
    """Whether a user, or nobody, may see and change registries."""
    return user is not None and user.can_read_all_geo
