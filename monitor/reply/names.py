"""The first name a reply may greet an author by, where the name given really looks like one."""

import re

NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{1,19}(-[A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿ]{1,19})?")
SEEN_INSTEAD = """
    acheteur acheteuse agence anonyme anonymous anonimo anónimo anoniem association avis bonjour
    boutique buyer cabinet client cliente clients company consumer consommateur customer das der
    deceived die docteur dr famille family garage google guest herr hotel hôtel invité kunde kundin
    klant la le les los madame mademoiselle maison member membre miss mister mme monsieur mr mrs ms
    not nom non one parent patient pas person personne professeur restaurant reviewer senior señor
    señora signor signora société someone super team the trustpilot très un una une unhappy user
    usuario utente utilisateur utilisatrice very visiteur
"""
NOT_NAMES = frozenset(SEEN_INSTEAD.split())


def first_name(author: str | None) -> str | None:
    """ "Marie" for "Marie D." or "DUPONT Marie"; None for pseudonyms, initials and titles."""
    words = (author or "").split()
    if not words or len(words) > 4:
        return None
    if len(words) > 1 and words[0].isupper() and len(words[0]) > 2:
        words = words[1:]
    candidate = words[0]
    if not NAME.fullmatch(candidate) or candidate.lower() in NOT_NAMES:
        return None
    return candidate
