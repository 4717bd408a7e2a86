"""JupyterLab on loopback with its own settings, and a page of Chromium in it: what the browser tests stand on."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
LIMIT_MS = 120_000
"""What Playwright waits at most, also for what is expected: a bound for a slow machine, not a delay."""
expect.set_options(timeout=LIMIT_MS)


READABLE = (Path(__file__).parent / "readable.js").read_text()


class Server:
    """A JupyterLab with copies of notebooks, and nobody else's settings."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.token = folder, secrets.token_hex(16)
        self.work = folder / "work"
        self.work.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "DNETLAB_ENGINE": engine,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "PYTHONPATH": str(ROOT),
        }
        self._log = (folder / "jupyter.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
             f"--port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
             f"--ServerApp.root_dir={self.work}", "--expose-app-in-browser"],
            cwd=self.work, env=environment, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._settings("light")

    def _settings(self, theme: str) -> None:
        """What a learner could set in the settings editor: the theme, no question about news, every cell drawn."""
        for plugin, values in {
            "apputils-extension/themes": {"theme": THEMES[theme]},
            "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            "notebook-extension/tracker": {"windowingMode": "none"},
        }.items():
            path = self.folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def theme(self, name: str) -> None:
        """The theme of pages that are opened from now on."""
        self._settings(name)

    def put(self, notebook: str) -> None:
        """A fresh copy of a notebook, without outputs, in the server's folder."""
        content = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text())
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        (self.work / f"{notebook}.ipynb").write_text(json.dumps(content))

    def get(self, path: str) -> Any:
        """An answer of the server's API."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", headers={"Authorization": f"token {self.token}"}
        )
        for last in (False, False, False, False, True):
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                # JupyterLab answers 500 to a list of kernels while one of them is only half started.
                if error.code < 500 or last:
                    raise
                time.sleep(0.3)
        raise AssertionError("unreachable")

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError with its log where it ended."""
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "jupyter.log").read_text()[-2000:])
            try:
                self.get("status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("JupyterLab does not answer")

    def idle(self) -> bool:
        """Whether every kernel is connected and idle. The page itself says idle before that."""
        kernels = self.get("kernels")
        return bool(kernels) and all(
            k["connections"] >= 1 and k["execution_state"] == "idle" for k in kernels
        )

    def end_kernels(self) -> None:
        """End every kernel, as closing the notebooks for good does."""
        for session in self.get("sessions"):
            request = urllib.request.Request(
                f"{self.url}/api/sessions/{session['id']}",
                headers={"Authorization": f"token {self.token}"},
                method="DELETE",
            )
            urllib.request.urlopen(request, timeout=20).close()

    def close(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


class Notebook:
    """A notebook in a page: run it, press the panel's buttons, take pictures."""

    def __init__(self, server: Server, page: Page, name: str, pictures: Path) -> None:
        self.server, self.page, self.name, self.pictures = server, page, name, pictures
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{server.url}/lab/tree/{name}.ipynb?token={server.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LIMIT_MS)
        self.settle()

    def settle(self) -> None:
        """Until the kernel is connected and idle and no cell waits."""
        deadline = time.monotonic() + LIMIT_MS / 1000
        while time.monotonic() < deadline:
            waiting = self.page.locator(".jp-InputPrompt", has_text="[*]").count()
            if self.server.idle() and not waiting:
                return
            self.page.wait_for_timeout(100)
        raise TimeoutError(f"{self.name}: the kernel is not idle")

    def command(self, name: str) -> None:
        """A command of JupyterLab's menus."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run every cell; returns when the last one is done."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_timeout(300)
        self.settle()

    def run(self, *cells: int) -> None:
        """Run code cells by their position among the code cells, counted from 0."""
        for cell in cells:
            box = self.page.locator(".jp-CodeCell").nth(cell)
            box.locator(".cm-content").click()
            self.command("notebook:run-cell")
            self.page.wait_for_timeout(200)
            self.settle()

    @property
    def panel(self) -> Locator:
        """The control panel."""
        return self.page.locator(".dnl-panel").first

    def button(self, text: str) -> Locator:
        """A button of the panel by its text."""
        return self.panel.get_by_role("button", name=text, exact=True)

    def press(self, text: str) -> None:
        """Press a button and wait until the panel's work is over."""
        self.button(text).click()
        self.page.wait_for_timeout(150)
        self.ready()

    def ready(self) -> None:
        """Until nothing runs in the panel."""
        self.button("Cancel").wait_for(state="hidden", timeout=LIMIT_MS)

    def tab(self, title: str) -> None:
        """Go to a tab of the panel."""
        self.panel.locator(".lm-TabBar-tab", has_text=title).click()

    def field(self, label: str) -> Locator:
        """The input of a field; where it is wrong its label says so too."""
        return self.panel.get_by_label(re.compile(rf"^{re.escape(label)}( wrong: .*)?$"))

    def tab_to(self, wanted: Locator, key: str = "Tab") -> None:
        """Press Tab (or Shift+Tab) until something has the focus, as whoever has no mouse does."""
        for _ in range(80):
            if wanted.evaluate("e => e === document.activeElement"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{wanted} cannot be reached with {key}")

    def type_into_a_new_cell(self, source: str) -> None:
        """Add a cell at the end and run it."""
        self.page.locator(".jp-CodeCell").last.locator(".cm-content").click()
        self.command("notebook:insert-cell-below")
        self.page.locator(".jp-CodeCell").last.locator(".cm-content").click()
        self.page.keyboard.insert_text(source)
        self.command("notebook:run-cell")
        self.page.wait_for_timeout(200)
        self.settle()

    def restart_kernel(self) -> None:
        """Restart the kernel, as the menu does; returns when the new one is idle."""
        (before,) = [kernel["last_activity"] for kernel in self.server.get("kernels")]
        # Not awaited: the command ends when its dialog was answered.
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:restart-kernel'); }")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        deadline = time.monotonic() + LIMIT_MS / 1000
        while [kernel["last_activity"] for kernel in self.server.get("kernels")] == [before]:
            assert time.monotonic() < deadline, "the kernel does not restart"
            self.page.wait_for_timeout(100)
        self.settle()

    def errors(self) -> list[str]:
        """The tracebacks in the notebook."""
        return self.page.locator(".jp-OutputArea-output[data-mime-type$='stderr'], .jp-RenderedText"
                                 "[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()  # fmt: skip

    def images(self) -> list[dict[str, str]]:
        """The pictures in the panel that can be seen."""
        found: list[dict[str, str]] = self.panel.locator("img:visible").evaluate_all(
            "all => all.map(i => ({alt: i.alt, width: String(i.clientWidth)}))"
        )
        return found

    def look(self, theme: str, width: int) -> None:
        """The same page in another theme and width, as a learner changes them."""
        size = self.page.viewport_size
        assert size is not None
        self.page.set_viewport_size({"width": width, "height": size["height"]})
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, THEMES[theme])
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(
            f"body[data-jp-theme-light='{light}']", state="attached", timeout=LIMIT_MS
        )
        self.page.wait_for_timeout(300)

    def cannot_be_read(self) -> list[str]:
        """What in the outputs is cut off, sticks out and cannot be scrolled to, is too faint or has no name."""
        found: list[str] = self.page.evaluate(READABLE)
        return found

    def pictures_of_all(self, step: str) -> None:
        """Screenshots of the whole notebook, screen by screen."""
        box = self.page.locator(".jp-WindowedPanel-outer").first
        height, shown = box.evaluate("b => [b.scrollHeight, b.clientHeight]")
        for number, top in enumerate(range(0, height, shown)):
            box.evaluate("(b, top) => b.scrollTo(0, top)", top)
            self.page.wait_for_timeout(60)
            self.picture(f"{step}-{number:02}")

    def picture(self, step: str, of: Locator | None = None) -> Path:
        """A screenshot of the page, or of a part of it."""
        path = self.pictures / f"{self.name}-{step}.png"
        (of or self.page).screenshot(path=path)
        return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def found() -> bool:
    """Whether there is a Chromium."""
    return shutil.which(CHROMIUM) is not None
