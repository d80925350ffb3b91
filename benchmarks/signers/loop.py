"""What every contender does: make itself ready, show one signed request, then say how long as many as asked take."""

import json
import sys
import timeit


class Handed(BaseException):
    """Raised in place of sending, where a client hands over to its HTTP library; no client catches it."""

    def __init__(self, request):
        self.request = request


def stop(**request):
    raise Handed(request)


def handed(call, *arguments, **named):
    """What a client hands over: the keyword arguments of its HTTP library."""
    try:
        call(*arguments, **named)
    except Handed as end:
        return end.request


def serve(ready, shown, *, stopped=False):
    """`ready(*given)` gives what signs one order; `shown` makes URL, body and API key of its result.

    What is stopped is not charged for the stopping.
    """
    one = ready(*json.loads(sys.stdin.readline()))
    print(json.dumps(shown(one())), flush=True)
    for line in sys.stdin:
        spent = timeit.timeit(one, number=int(line))
        print(spent - (timeit.timeit(stopping, number=int(line)) if stopped else 0), flush=True)


def stopping():
    return handed(stop, url="", params="", timeout=10, session=None)
