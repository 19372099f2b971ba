"""Who may come in: users, their wider sight in an emergency, and tokens for programs."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who works with the platform. What they may do comes from the posts they hold."""

    access: ClassVar[Access] = Scoped()

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64, blank=True)
    division = DivisionField(blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=5, default="auto")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username


class GlassBreak(Row):
    """Wider sight for a limited time, with a reason (break the glass)."""

    access: ClassVar[Access] = Through("user_id", "store_user")

    user = models.ForeignKey(User, models.CASCADE, related_name="glass_breaks")
    division = DivisionField(blank=True)
    why = models.CharField(max_length=500)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(why=""), name="glass_break_has_reason"),
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="glass_break_ends"
            ),
        ]


class ApiToken(Row):
    """A program's key. Only its hash is kept."""

    access: ClassVar[Access] = Through("user_id", "store_user")

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
