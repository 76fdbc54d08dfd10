"""Serves requests that come as lines of JSON, one after the other, until there are no more.

A request is `{"id": …, "method": …, …}`; its answer has the same id, and `result`, or
`error` with a `trace`.
"""

import json
import os
import sys
import traceback


def serve(methods):
    """Answers each request by the method it names, until stdin ends.

    Only answers go to the real stdout: what a library prints lands in stderr.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            answer["result"] = methods[request["method"]](request)
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"
            answer["trace"] = traceback.format_exc()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
