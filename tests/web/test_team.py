"""The team: inviting, roles, withdrawing access and giving it back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from monitor.store.tables import Audit, Person
from tests.web.conftest import Site
from tests.web.people import Visitor


def roles(site: Site) -> dict[str, str]:
    with site.rows() as rows:
        found = rows.scalars(select(Person).where(Person.left_at.is_(None)))
        return {person.email.split("@")[0]: person.role for person in found}


def test_an_invitation_goes_from_alice_to_a_signed_in_colleague(
    alice: Visitor, site: Site, window: Callable[..., Page]
) -> None:
    page = window(alice)
    page.goto("/team")
    page.get_by_label("Nom", exact=True).fill("Dora <b>Petit</b>")
    page.get_by_label("Adresse e-mail").fill("dora@example.org")
    page.get_by_label("Rôle", exact=True).select_option("approver")
    page.get_by_role("button", name="Créer l’invitation").click()
    link = page.locator("#link").inner_text()
    page.get_by_role("button", name="Copier").click()
    expect(page.get_by_role("status")).to_contain_text("Le lien est copié.")

    dora = window()
    dora.goto(site.url + link.removeprefix(site.config.public_url))
    expect(dora.get_by_label("Votre nom")).to_have_value("Dora <b>Petit</b>")
    dora.get_by_label("Votre nom").fill("Dora Petit")
    dora.get_by_label("Mot de passe").fill("une phrase de Dora")
    dora.get_by_label("Le même, une seconde fois").fill("une phrase de Dora")
    dora.get_by_role("button", name="Entrer").click()
    expect(dora.get_by_role("status")).to_contain_text("Bienvenue, Dora Petit.")
    assert roles(site)["dora"] == "approver"


def test_withdrawing_access_can_be_undone(
    alice: Visitor, bob: Visitor, site: Site, window: Callable[..., Page]
) -> None:
    page = window(alice)
    page.goto("/team")
    row = page.get_by_role("row").filter(has_text="bob@example.org")
    row.get_by_text("Retirer l’accès").first.click()
    expect(row.get_by_text("Les sessions de Bob se ferment")).to_be_visible()
    row.get_by_role("button", name="Retirer l’accès").click()
    expect(page.get_by_role("status")).to_contain_text("Bob n’a plus accès à Vigie.")
    assert "bob" not in roles(site)
    assert bob.get("/sources").status_code == 303
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("status")).to_contain_text("Bob a de nouveau accès")
    assert roles(site)["bob"] == "writer"
    page.reload()
    expect(page.get_by_role("status")).to_be_empty()


def test_a_changed_role_counts_at_once_and_can_be_undone(
    alice: Visitor, bob: Visitor, site: Site
) -> None:
    assert bob.person is not None
    assert bob.get("/audit").status_code == 403
    path = f"/team/{bob.person.id}/role"
    assert alice.post(path, role="admin").status_code == 303
    assert bob.get("/audit").status_code == 200
    assert alice.post(f"{path}?to=writer").status_code == 303
    assert roles(site)["bob"] == "writer"
    assert alice.post(path, role="emperor").status_code == 303
    assert "Choisissez un rôle" in alice.get("/team").text
    assert roles(site)["bob"] == "writer"
    with site.rows() as rows:
        query = select(Audit.values).where(Audit.action == "person.role_changed")
        assert rows.scalars(query).first() == {"before": "writer", "after": "admin"}


def test_the_last_administrator_stays(alice: Visitor, bob: Visitor, site: Site) -> None:
    assert alice.person is not None
    assert bob.person is not None
    alice.post(f"/team/{alice.person.id}/role", role="reader")
    assert "au moins une personne qui administre" in alice.get("/team").text
    alice.post(f"/team/{alice.person.id}/withdraw")
    assert "votre propre accès" in alice.get("/team").text
    assert roles(site) == {"alice": "admin", "bob": "writer"}
    alice.post(f"/team/{bob.person.id}/role", role="admin")
    alice.post(f"/team/{alice.person.id}/role", role="reader")
    assert roles(site) == {"alice": "reader", "bob": "admin"}


def test_an_address_is_invited_once_and_may_come_back(alice: Visitor, site: Site) -> None:
    form = {"name": "Dora", "email": "dora@example.org", "role": "reader", "language": "en"}
    assert alice.post("/team/invite", **form).status_code == 200
    again = alice.post("/team/invite", **form)
    assert again.status_code == 422
    assert "déjà cette adresse" in again.text
    with site.rows() as rows:
        dora = rows.scalars(select(Person).where(Person.email == "dora@example.org")).one()
    alice.post(f"/team/{dora.id}/withdraw")
    assert alice.post("/team/invite", **form).status_code == 200
    assert roles(site)["dora"] == "reader"


def test_a_new_link_ends_the_older_one(alice: Visitor, charlie: Visitor, bob: Visitor) -> None:
    assert bob.person is not None

    def link() -> str:
        page = alice.post(f"/team/{bob.person.id}/link").text  # type: ignore[union-attr]
        return "/welcome/" + page.split("/welcome/", 1)[1].split("<", 1)[0]

    older, newer = link(), link()
    assert charlie.get(older).status_code == 404
    page = charlie.get(newer)
    assert "Nouveau mot de passe" in page.text


def test_the_audit_names_who_did_what_and_notices_a_forgery(
    alice: Visitor, bob: Visitor, site: Site
) -> None:
    assert bob.person is not None
    alice.post(f"/team/{bob.person.id}/role", role="approver")
    page = alice.get("/audit?check=1").text
    assert "a changé un rôle" in page
    assert "Le journal est intact" in page
    with site.rows() as rows:
        row = rows.scalars(select(Audit)).first()
        assert row is not None
        row.person_id = bob.person.id
        rows.commit()
    assert "le journal a été modifié hors de Vigie" in alice.get("/audit?check=1").text
