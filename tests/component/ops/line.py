"""A connection to the fake that can be cut, and what was written over it."""


class Line:
    """The fake as a connection that can be cut at a write: before it leaves, or after Vault has done it."""

    def __init__(self, fake):
        self.fake = fake
        self.writes = []
        self.cut_at = None

    def send(self, method, path, **rest):
        if method in {"GET", "LIST"}:
            return self.fake.send(method, path, **rest)
        number, self.writes = len(self.writes), [*self.writes, (method, path)]
        if self.cut_at is not None and number == self.cut_at[0]:
            number, arrives, error = self.cut_at
            self.cut_at = None
            if arrives:
                self.fake.send(method, path, **rest)
            raise error
        return self.fake.send(method, path, **rest)

    def cut(self, number, *, arrives, error=KeyboardInterrupt):
        self.writes, self.cut_at = [], (number, arrives, error)
