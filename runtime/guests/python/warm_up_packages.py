import requests


def fetch(url):
    session = requests.Session()
    response = session.get(url, params={"page": 1}, headers={"Accept": "application/json"}, timeout=5)
    response.raise_for_status()
    return response.json()["ok"]
# tests
assert fetch("https://warm.test/up") is True
# ---
import httpx


def fetch(url):
    with httpx.Client(timeout=5) as client:
        response = client.get(url, params={"page": 1})
        response.raise_for_status()
        return response.json()["ok"]
# tests
assert fetch("https://warm.test/up") is True
# ---
import requests
import jwt


def fetch(url):
    token = jwt.encode({"n": 1}, "k" * 32, algorithm="HS256")
    claims = jwt.decode(token, "k" * 32, algorithms=["HS256"])
    return requests.post(url, json=claims, headers={"Authorization": "Bearer " + token}).json()["ok"]
# tests
assert fetch("https://warm.test/up") is True
# ---
from sqlalchemy import Column, Integer, String, create_engine, select
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String)


def names():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Item(name="b"), Item(name="a")])
        session.commit()
        return [item.name for item in session.scalars(select(Item).order_by(Item.name))]
# tests
assert names() == ["a", "b"]
