"""The demonstration's mailbox: a real mail goes in by SMTP and is shown harmlessly."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from monitor import demo

OPENED = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def running(tmp_path: Path) -> Iterator[demo.Demo]:
    started = demo.start(tmp_path, lambda: OPENED, web_port=0, mail_port=0)
    yield started
    started.stop()


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Vigie <vigie@maison-lumen.example>"
    message["To"] = "marketing@maison-lumen.example"
    message["Subject"] = subject
    message.set_content("3 avis à traiter <b>dont 1 critique</b>")
    message.add_alternative(
        "<h1>3 avis à traiter</h1><img src='cid:courbe'><script>alert(1)</script>", subtype="html"
    )
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(PIXEL, "image", "png", cid="<courbe>")
    return message


def send(running: demo.Demo, message: EmailMessage, *also: str) -> None:
    with smtplib.SMTP(running.mail_host, running.mail_port, timeout=10) as smtp:
        smtp.send_message(message, to_addrs=[message["To"], *also])


def test_an_empty_mailbox_says_so(http: httpx.Client, running: demo.Demo) -> None:
    page = http.get(running.mailbox_url).raise_for_status().text
    assert "rien ne part dans le monde" in page
    assert "Aucun e-mail" in page


def test_a_mail_is_received_and_shown_escaped(http: httpx.Client, running: demo.Demo) -> None:
    send(running, mail("3 avis à traiter <script>alert(2)</script>"), "direction@example.org")
    listing = http.get(running.mailbox_url).text
    assert "3 avis à traiter &lt;script&gt;alert(2)" in listing
    assert "<script" not in listing
    assert "marketing@maison-lumen.example, direction@example.org" in listing

    address = f"{running.mailbox_url}/20261122T103000-0"
    page = http.get(address).raise_for_status()
    assert "&lt;b&gt;dont 1 critique&lt;/b&gt;" in page.text
    assert "<script" not in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]

    shown = http.get(f"{address}/html").raise_for_status()
    assert "data:image/png;base64," in shown.text
    assert "cid:courbe" not in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy

    assert http.get(f"{address}/texte").headers["content-type"].startswith("text/plain")
    assert "Subject:" in http.get(f"{address}/source").text


def test_a_page_of_another_name_cannot_read_the_mailbox(
    http: httpx.Client, running: demo.Demo
) -> None:
    foreign = {"Host": "evil.example"}
    assert http.get(running.mailbox_url, headers=foreign).status_code == 400
    assert http.get(running.mailbox_url).status_code == 200


def test_mails_of_one_second_are_kept_in_their_order(
    http: httpx.Client, running: demo.Demo
) -> None:
    for number in range(11):
        send(running, mail(f"Courriel {number:02d}"))
    page = http.get(running.mailbox_url).text
    places = [page.index(f"Courriel {number:02d}") for number in range(11)]
    assert places == sorted(places, reverse=True)


def test_a_mail_survives_a_restart(http: httpx.Client, tmp_path: Path) -> None:
    first = demo.start(tmp_path, lambda: OPENED, web_port=0, mail_port=0)
    send(first, mail("Rapport de la semaine"))
    first.stop()
    second = demo.start(tmp_path, lambda: OPENED, web_port=0, mail_port=0)
    try:
        assert "Rapport de la semaine" in http.get(second.mailbox_url).text
    finally:
        second.stop()


def test_there_is_no_mail_outside_the_folder(
    http: httpx.Client, running: demo.Demo, tmp_path: Path
) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    for name in ("..%2Fsecret", "none", "20261122T103000-9"):
        for part in ("", "/html", "/texte", "/source"):
            assert http.get(f"{running.mailbox_url}/{name}{part}").status_code == 404
