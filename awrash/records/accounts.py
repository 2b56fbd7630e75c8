"""People who sign in, and the seven roles that decide what each may do."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_security import RoleMixin, SQLAlchemyUserDatastore, UserMixin, hash_password
from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, object_session

from awrash.database.columns import Instant, column, foreign_key, relation
from awrash.database.record import Record, Searchable, is_deleted, list_before, lock_row, value_before
from awrash.database.session import Base, db
from awrash.rules.fields import Email
from awrash.rules.immutability import AdministratorStays, UsedAccountStays
from awrash.values.language import Label, _l
from awrash.values.states import Word


class Role(Word):
    administrator = "administrator", _l("Administrator")
    head_of_unit = "head_of_unit", _l("Head of unit")
    file_officer = "file_officer", _l("File officer")
    field_officer = "field_officer", _l("Field officer")
    payroll_officer = "payroll_officer", _l("Payroll officer")
    complaints_officer = "complaints_officer", _l("Complaints officer")
    auditor = "auditor", _l("Auditor")


user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("account_role_id", ForeignKey("account_role.id"), primary_key=True),
)


class AccountRole(Record, RoleMixin):
    """A role, as the accounts know it."""

    __shown__ = ("label",)
    __traced__ = "name"

    name: Mapped[str] = column(_l("Role"), type_=String(40), unique=True)

    @property
    def label(self) -> Label:
        """The role's name in the language served (a lazy text)."""
        return Role(self.name).label


class User(Searchable, UserMixin):
    """A person of the team with an account."""

    __shown__ = ("name",)
    __search__ = ("email", "full_name")
    __rules__ = (AdministratorStays(), UsedAccountStays())

    email: Mapped[str] = column(_l("E-mail"), Email(), type_=String(160), unique=True)
    full_name: Mapped[str | None] = column(_l("Full name"), type_=String(160))
    password: Mapped[str | None] = column(_l("Password"), type_=String(255))
    active: Mapped[bool] = column(_l("Active"), default=True)
    language: Mapped[str] = column(_l("Language"), type_=String(2), default="ar")
    theme: Mapped[str] = column(_l("Light or dark"), type_=String(5), default="light", server_default="light")
    fs_uniquifier: Mapped[str] = column(_l("Session key"), type_=String(64), unique=True)
    last_login_at: Mapped[datetime | None] = column(_l("Last sign-in"), type_=Instant)  # type: ignore[assignment]
    tf_primary_method: Mapped[str | None] = column(_l("Second factor"), type_=String(64))
    tf_totp_secret: Mapped[str | None] = column(_l("Second factor's secret"), type_=String(255))
    tf_phone_number: Mapped[str | None] = column(_l("Second factor's phone"), type_=String(128))
    roles: Mapped[list[AccountRole]] = relation(_l("Roles"), secondary=user_role)  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """The full name, else the e-mail address."""
        return self.full_name or self.email

    @property
    def role_names(self) -> frozenset[str]:
        """The names of the account's roles."""
        return frozenset(role.name for role in self.roles)

    def may(self, roles: Iterable[str]) -> bool:
        """Whether one of the account's roles is among these."""
        return not self.role_names.isdisjoint(roles)

    @property
    def administers(self) -> bool:
        """Whether this account opens and closes accounts."""
        return bool(self.active) and self.may((Role.administrator,)) and not is_deleted(self)

    def administered(self) -> bool:
        """Whether it did so before the change that is about to be written."""
        roles = {role.name for role in list_before(self, "roles")}
        return bool(value_before(self, "active")) and Role.administrator in roles

    def others_administer(self) -> bool:
        """Whether another account administers.

        The role's row is locked: of two people who take it from two accounts at once, the second waits for the first.
        """
        session: Any = object_session(self)
        lock_row(session.scalars(select(AccountRole).filter_by(name=Role.administrator.value)).one())
        administrators = select(User.id).join(User.roles)
        administrators = administrators.where(User.active, AccountRole.name == Role.administrator.value)
        written = set(session.scalars(administrators.where(User.id != self.id)))
        pending = (*session.new, *session.dirty, *session.deleted)
        others = [user for user in pending if isinstance(user, User) and user is not self]
        return any(user.administers for user in others) or bool(written - {user.id for user in others})

    def is_used(self) -> bool:
        """Whether any row names this account: a line of the audit, a decision, a view that it keeps."""
        session: Any = object_session(self)
        keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys if _names_user(key)]
        rows = [select(key.parent).where(key.parent == self.id).limit(1) for key in keys]
        return any(session.scalar(row) is not None for row in rows)


def _names_user(key: ForeignKey) -> bool:
    """Whether a foreign key leads to an account, other than from its own list of roles."""
    return key.column.table is User.__table__ and key.parent.table is not user_role


class SavedView(Record):
    """The address of a list with its filters, order and columns, kept under a name by a person or for the team."""

    __shown__ = ("name",)
    __table_args__ = (UniqueConstraint("owner_id", "record", "name"),)

    record: Mapped[str] = column(_l("Record"), type_=String(40), index=True)
    name: Mapped[str] = column(_l("Name of the view"), type_=String(60))
    address: Mapped[str] = column(_l("Address"), type_=Text())
    is_shared: Mapped[bool] = column(_l("For the whole team"), default=False)
    owner_id: Mapped[int] = foreign_key("user")
    owner: Mapped[User] = relation(_l("Whose"))  # type: ignore[assignment]


def saved_views(user: User) -> list[SavedView]:
    """The views that a person finds in the menu: their own and the team's."""
    visible = or_(SavedView.owner_id == user.id, SavedView.is_shared)
    return list(db.session.scalars(select(SavedView).where(visible).order_by(SavedView.name)))


datastore = SQLAlchemyUserDatastore(db, User, AccountRole)


def seed_roles() -> None:
    """Write the roles that are not in the database yet."""
    written = set(db.session.scalars(select(AccountRole.name)))
    db.session.add_all(AccountRole(name=role.value) for role in Role if role.value not in written)
    db.session.flush()


def add_user(email: str, role: Role, password: str, full_name: str | None = None) -> User:
    """Make an account with one role; the password is kept as a hash."""
    account_role = db.session.scalar(select(AccountRole).filter_by(name=role.value))
    user = User(
        email=email.strip().lower(),
        full_name=full_name,
        password=hash_password(password),
        fs_uniquifier=uuid.uuid4().hex,
        roles=[account_role],
    )
    db.session.add(user)
    db.session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Give an account another password, kept as a hash; the sessions opened with the one before end."""
    user.password, user.fs_uniquifier = hash_password(password), uuid.uuid4().hex
    db.session.flush()


def user_by_email(email: str) -> User | None:
    """The account of an e-mail address, in whatever case; None when there is none."""
    return db.session.scalar(select(User).filter_by(email=email.strip().lower()))


def new_password() -> str:
    """A password that nobody guesses, shown once."""
    return secrets.token_urlsafe(12)
