"""The bench's work in SQLAlchemy's ORM: prints each case with the seconds of its fastest round."""

import sys
import time

from sqlalchemy import ForeignKey, create_engine, delete, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    age: Mapped[int | None]
    balance: Mapped[float]
    posts: Mapped[list["Post"]] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    comments: Mapped[list["Comment"]] = relationship()


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    body: Mapped[str]


url, rounds = sys.argv[1], int(sys.argv[2])
engine = create_engine(url)
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def set_up(connection, _):
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")


def load():
    with Session(engine) as session:
        started = time.perf_counter()
        assert len(session.scalars(select(User)).all()) == 10_000
        return time.perf_counter() - started


def graph():
    with Session(engine) as session:
        started = time.perf_counter()
        children = selectinload(User.posts).selectinload(Post.comments)
        users = session.scalars(select(User).where(User.id <= 100).order_by(User.id).options(children)).all()
        count = len(users) + sum(1 + len(post.comments) for user in users for post in user.posts)
        assert count == 11_100
        return time.perf_counter() - started


def insert(rows):
    with Session(engine, expire_on_commit=False) as session:
        started = time.perf_counter()
        users = [
            User(name=f"new {n}", email=f"new{n}@example.org", age=n if n % 3 else None, balance=0.5)
            for n in range(rows)
        ]
        session.add_all(users)
        session.commit()
        assert all(user.id for user in users)
        elapsed = time.perf_counter() - started
        session.execute(delete(User).where(User.id > 10_000))
        session.commit()
        return elapsed


def update():
    with Session(engine, expire_on_commit=False) as session:
        users = session.scalars(select(User).where(User.id <= 1000)).all()
        started = time.perf_counter()
        for user in users:
            user.balance += 1
        session.commit()
        return time.perf_counter() - started


cases = {
    "load": load,
    "graph": graph,
    "insert 1": lambda: insert(1),
    "insert 100": lambda: insert(100),
    "insert 1000": lambda: insert(1000),
    "update": update,
}
for name, case in cases.items():
    print(f"{name}\t{min(case() for _ in range(rounds))}")
