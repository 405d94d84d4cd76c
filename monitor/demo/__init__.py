"""The demonstration: Maison Lumen, its customers' reviews, and a mailbox, all on loopback."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.clock import Clock

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.demo.scene import Scene
    from monitor.demo.server import Running

WEB_PORT = 8099
MAIL_PORT = 8025
USUAL_ADDRESS = f"http://127.0.0.1:{WEB_PORT}"
"""Where config.example.yaml expects the platform; ``Demo.adapt`` puts the real address there."""
USUAL_SURVEY = "var/demonstration/enquetes.csv"
SURVEY_MAPPING = {
    "external_id": "Référence",
    "written_at": "Répondu le",
    "author": "Client",
    "location": "Boutique",
    "stars": "Note",
    "text": "Commentaire",
}
"""The survey's headings as the spreadsheet platform's ``columns``."""


@dataclass(frozen=True)
class Demo:
    """The demonstration at work. ``address`` is the platform's, without a slash at its end."""

    address: str
    mail_host: str
    mail_port: int
    survey: Path
    scene: Scene
    running: Running

    @property
    def reviews_url(self) -> str:
        """The page of reviews, for people."""
        from monitor.demo.trustpilot_pages import DOMAIN

        return f"{self.address}/review/{DOMAIN}?languages=all&sort=recency&page=1"

    @property
    def mailbox_url(self) -> str:
        """The page of mails, for people."""
        return f"{self.address}/courrier"

    def adapt(self, config: Config) -> Config:
        """The configuration with the demonstration's real addresses; mail goes nowhere else."""
        brands = tuple(
            brand.model_copy(
                update={
                    "sources": tuple(
                        source.model_copy(update={"settings": self._placed(source.settings)})
                        for source in brand.sources
                    )
                }
            )
            for brand in config.brands
        )
        mail = config.mail.model_copy(
            update={"host": self.mail_host, "port": self.mail_port, "security": "none"}
            | {"username": ""}
        )
        return config.model_copy(update={"brands": brands, "mail": mail})

    def stop(self) -> None:
        """Close the platform and the mailbox; what was posted is kept."""
        self.running.stop()

    def _placed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._placed(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._placed(inner) for inner in value]
        if value == USUAL_SURVEY:
            return str(self.survey)
        if isinstance(value, str) and value.startswith(USUAL_ADDRESS):
            return self.address + value.removeprefix(USUAL_ADDRESS)
        return value


def start(
    folder: Path, clock: Clock, *, web_port: int = WEB_PORT, mail_port: int = MAIL_PORT
) -> Demo:
    """Start the demonstration on loopback; a port that is taken is replaced by a free one.

    ``folder`` keeps what was posted, the mails and the survey; deleting it begins anew.
    """
    from monitor.demo import server
    from monitor.demo.mailbox import Mailbox
    from monitor.demo.platform import application
    from monitor.demo.scene import Scene

    scene = Scene(folder, clock)
    survey = write_survey(folder / "enquetes.csv", scene)
    mailbox = Mailbox(folder / "courrier", clock)
    web, mail = server.listen(web_port), server.listen(mail_port)
    address = f"http://{server.LOOPBACK}:{web.getsockname()[1]}"
    port = mail.getsockname()[1]
    running = server.run(application(scene, mailbox), web, mailbox, mail)
    return Demo(address, server.LOOPBACK, port, survey, scene, running)


def write_survey(path: Path, scene: Scene) -> Path:
    """The customer survey as the shop's till exports it: semicolons, French dates."""
    from monitor.demo.corpus import surveys

    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(SURVEY_MAPPING.values())
        for row in surveys(scene.today):
            day = row.answered_on.strftime("%d/%m/%Y")
            out.writerow((row.reference, day, row.customer, row.shop, row.stars, row.text))
    return path
