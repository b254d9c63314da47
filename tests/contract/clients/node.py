"""A node process that is spoken to in lines of JSON."""

import itertools
import json
import queue
import subprocess
import threading
from collections import defaultdict
from typing import Any

from tests.contract.clients.vocabulary import RefusedError
from tests.contract.node.installed import installed
from tests.contract.pointing import Place


class Node:
    """Calls methods of the npm package's clients and gathers what its streams bring, by channel."""

    def __init__(self, place: Place) -> None:
        told = {
            "rest": place.rest, "ws": place.ws, "key": place.key, "secret": place.secret,
            "passphrase": place.passphrase, "demo": place.demo,
        }  # fmt: skip
        self._process = subprocess.Popen(
            ["node", "client.mjs", json.dumps(told)], cwd=installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1,
        )  # fmt: skip
        self._numbers = itertools.count(1)
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self.updates: dict[str, queue.SimpleQueue[dict[str, Any]]] = defaultdict(queue.SimpleQueue)
        self.replies: dict[str, queue.SimpleQueue[dict[str, Any]]] = defaultdict(queue.SimpleQueue)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def call(self, target: str, method: str, *args: Any) -> Any:
        """Call a method and give what it resolves to; RefusedError with the exchange's answer, code and rows."""
        number = next(self._numbers)
        mine = self._answers[number] = queue.SimpleQueue()
        self._process.stdin.write(
            json.dumps({"id": number, "target": target, "method": method, "args": args}) + "\n"
        )  # line buffered
        answer = mine.get(timeout=60)
        if "broken" in answer:
            raise RuntimeError(answer["broken"])
        if "refused" in answer:
            raise AnswerError(answer["refused"])
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join(10)
        self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            news = json.loads(line)
            if "update" in news:
                self.updates[news["update"]["arg"]["channel"]].put(news["update"])
            elif "reply" in news:
                self.replies[(news["reply"].get("arg") or {}).get("channel", "")].put(news["reply"])
            else:
                self._answers.pop(news["id"]).put(news)


class AnswerError(RefusedError):
    """The package threw the exchange's answer: its code, and its rows where it has some."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["code"])
        self.rows: list[Any] = answer.get("data") or []
