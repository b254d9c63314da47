"""JupyterLab on loopback with folders of its own, and a Chromium that tells what it asked for."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright

import okxlab

CELL = "import okxlab as ox\nsession = ox.connect()\nform = ox.GridForm(session)\nform"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
STILL = "[paper]\nspeed = 1e-9\n"  # a market that stands, as its next price is centuries away
START_SECONDS = 60
PATIENCE_MS = 60_000  # a busy build machine is slow, not broken

# What has to be there before a cell can run: the notebook, its session, and a kernel that answered once.
NOTEBOOK = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext"
READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const notebook = app.shell.currentWidget;
  await notebook.context.ready;
  await notebook.sessionContext.ready;
  await notebook.sessionContext.session.kernel.info;
}"""
RUN = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"


class Desktop:
    """A page with a notebook run in it, the folder of the notebook, and all that went over the wire or wrong."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, base: str, notebook: str) -> None:
        """Open a notebook and run all its cells."""
        self.page.goto(f"{base}/lab/tree/{notebook}?reset")
        self.page.wait_for_function(NOTEBOOK)
        self.page.evaluate(READY)
        self.page.evaluate(RUN)


def free_port() -> int:
    """Give a port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def notebook(path: Path, source: str) -> None:
    """Write a notebook of one cell."""
    cell = {"cell_type": "code", "execution_count": None, "id": "form", "metadata": {}, "outputs": [], "source": source}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    path.write_text(
        json.dumps({"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
    )


def lab_environment(home: Path) -> dict[str, str]:
    """Give an environment in which Jupyter knows nothing of this machine's user, and keeps its news to itself."""
    folders = {"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}
    folders |= {"JUPYTERLAB_WORKSPACES_DIR", "JUPYTERLAB_SETTINGS_DIR"}
    news = home / "jupyterlab_settings_dir/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OKX_", "OKXLAB_", "JUPYTER"))}
    return clean | {name: str(home / name.lower()) for name in folders}


def await_answer(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until a server answers, or fail with what it wrote."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            requests.get(url, timeout=2)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text()}")


@pytest.fixture(scope="module")  # playwright runs an event loop as long as it is open: other files want their own
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium on the PATH: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home, folder, port = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks"), free_port()
    (folder / "okxlab.toml").write_text(STILL)
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}"]
    options += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    options += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    log = home / "server.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=lab_environment(home),
            cwd=folder,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            await_answer(f"http://127.0.0.1:{port}/api", process, log)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            process.terminate()
            process.wait(START_SECONDS)


@pytest.fixture(scope="module")
def open_notebook(chromium, lab):
    """Give a function that writes a notebook of one cell, opens it in a page and runs it."""
    base, folder = lab
    with chromium.new_context(viewport={"width": 1280, "height": 2300}) as context:
        context.set_default_timeout(PATIENCE_MS)

        def opened(name, source):
            notebook(folder / f"{name}.ipynb", source)
            made = Desktop(context.new_page(), folder)
            made.open(base, f"{name}.ipynb")
            return made

        yield opened


@pytest.fixture(scope="module")
def desktop(open_notebook):
    made = open_notebook("form", CELL)
    made.page.locator(".okx-ladder-chart .main-svg").first.wait_for()
    return made


@pytest.fixture(scope="module")
def session(desktop):
    with okxlab.connect(workspace=desktop.folder) as joined:
        yield joined
