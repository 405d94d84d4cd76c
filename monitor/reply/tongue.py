"""The language a reply is written in, told by its small words: enough for texts of a few lines."""

import re
from collections.abc import Mapping

LISTS = """
fr le la les des du de et vous votre vos nous notre nos pour avec sur une un est sont que qui dans
fr au aux pas plus merci bonjour ce cette à été avez avoir être
en the and you your our we for with to of is are that this in on at not have has been would be it
en from thank hello dear please will us any what
de der die das und sie ihr ihre ihnen wir uns unser für mit auf ein eine ist sind dass nicht den dem
de vielen dank guten tag zu von im haben bei
es el la los las de y usted su sus nos nuestro nuestra para con por una un es que en no gracias hola
es buenos días lo se ha más le al del
it il lo la gli le di e lei suo sua noi nostro nostra per con una un è che in non grazie buongiorno
it ci si del della più al alla sono ha
nl de het een en u uw wij we ons onze voor met op is zijn dat niet van in te dank beste goedendag
nl hebt heeft bij naar aan om
"""


def _small_words() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in LISTS.split("\n"):
        language, _, words = line.partition(" ")
        if language:
            found[language] = found.get(language, frozenset()) | frozenset(words.split())
    return found


SMALL_WORDS = _small_words()
ENOUGH = 6
"""Small words needed before saying anything."""


def language_of(text: str) -> str | None:
    """The code of the language, or None when the text is too short or unlike all of them."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {
        language: sum(word in small for word in words) for language, small in SMALL_WORDS.items()
    }
    best, second = sorted(counts, key=lambda language: -counts[language])[:2]
    if counts[best] < ENOUGH or counts[best] < 1.2 * counts[second]:
        return None
    return best
