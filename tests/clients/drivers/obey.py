"""What all these bots do: one thing for each line they are told, then one line of JSON with what came of it.

`anew` makes the client once more, as a restart would. An error is told by its class and by Binance's code, as far as
the client shows one.
"""

import json
import sys

SYMBOL = "\uff11\uff12\uff13\uff14\uff15\uff16"
EMAIL = "a+b@test.com"
"""What is written one way on the wire and another way elsewhere."""


def obey(connect, steps, code_of, *, close=lambda client: None, run=lambda result: result):
    """`run` waits for a coroutine, where the client is asynchronous."""
    client = run(connect())
    for line in sys.stdin:
        word = line.strip()
        if word == "anew":
            run(close(client))
            client = run(connect())
            told = {"done": word}
        else:
            told = outcome(steps[word], client, code_of, run)
        print(json.dumps(told), flush=True)
    run(close(client))


def outcome(step, client, code_of, run):
    try:
        return {"done": run(step(client))}
    except Exception as error:
        return {"error": type(error).__name__, "code": code_of(error)}
