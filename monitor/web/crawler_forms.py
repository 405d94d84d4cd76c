"""What crawlers say, form by form: their English, and the same in French.

Crawlers speak English, in logs and on the command line. Each form here is one sentence of theirs
with ``%(name)s`` for what it fills in; English readers have the catalogue's English, which is the
crawlers' own but where that is Python's. Forms are tried from the first to the last. A name says
what may stand there: see ``crawler_words``.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.speech import N_

PLACES = {
    "%(file)s, line %(line)s": N_("%(file)s, ligne %(line)s"),
    "page %(page)s, review %(number)s": N_("page %(page)s, avis %(number)s"),
}
FILES = {
    "no row could be read; the first: %(file)s, line %(line)s: %(reason)s": N_(
        "aucune ligne n’a pu être lue ; la première : %(file)s, ligne %(line)s : %(reason)s"
    ),
    "there is no file or folder “%(file)s”": N_("il n’y a ni fichier ni dossier « %(file)s »"),
    "the folder “%(file)s” holds no .csv or .xlsx file": N_(
        "le dossier « %(file)s » ne contient aucun fichier .csv ou .xlsx"
    ),
    "the dates of %(file)s can be read with the day or with the month first: "
    "set date_format to dd/mm/yyyy or mm/dd/yyyy": N_(
        "dans les dates de %(file)s, rien ne dit si le jour ou le mois vient d’abord : "
        "réglez date_format sur dd/mm/yyyy ou sur mm/dd/yyyy"
    ),
    "no column of %(file)s could be recognised as the date a review was written; "
    "it has: %(columns)s. Name the right one in columns.written_at": N_(
        "aucune colonne de %(file)s ne semble donner la date des avis ; ses colonnes : "
        "%(columns)s. Nommez la bonne dans columns.written_at"
    ),
    "no column of %(file)s could be recognised as the text or the stars of a review; "
    "it has: %(columns)s. Name the right one in columns.text or columns.stars": N_(
        "aucune colonne de %(file)s ne semble donner le texte ou les étoiles des avis ; "
        "ses colonnes : %(columns)s. Nommez la bonne dans columns.text ou columns.stars"
    ),
    "%(file)s has no column “%(column)s”; it has: %(columns)s": N_(
        "%(file)s n’a pas de colonne « %(column)s » ; ses colonnes : %(columns)s"
    ),
    "%(file)s has %(count)s columns, none numbered %(number)s": N_(
        "%(file)s a %(count)s colonnes, aucune ne porte le numéro %(number)s"
    ),
    "%(file)s has %(count)s columns “%(column)s”: give the number of the right one": N_(
        "%(file)s a %(count)s colonnes « %(column)s » : donnez le numéro de la bonne"
    ),
    "%(file)s is said to have no header, so columns.%(field)s must be a column's number from 1 "
    "or its letter, not “%(column)s”": N_(
        "%(file)s est déclaré sans ligne de titres : columns.%(field)s doit donc être le numéro "
        "d’une colonne, à partir de 1, ou sa lettre, et non « %(column)s »"
    ),
    "%(file)s is said to have no header: set columns.written_at and columns.text or "
    "columns.stars to the number or letter of a column": N_(
        "%(file)s est déclaré sans ligne de titres : donnez à columns.written_at, et à "
        "columns.text ou columns.stars, le numéro ou la lettre d’une colonne"
    ),
    "%(file)s has no sheet “%(column)s”; it has: %(columns)s": N_(
        "%(file)s n’a pas de feuille « %(column)s » ; ses feuilles : %(columns)s"
    ),
    "%(file)s is not one of %(endings)s: export it as .csv": N_(
        "%(file)s n’est d’aucune de ces sortes : %(endings)s. Exportez-le en .csv"
    ),
    "%(file)s is not %(encoding)s text near line %(line)s: set its encoding": N_(
        "%(file)s n’est pas un texte en %(encoding)s, vers la ligne %(line)s : "
        "réglez encoding sur le sien"
    ),
    "%(file)s is not UTF-8: it was read as Windows-1252": N_(
        "%(file)s n’est pas en UTF-8 : il a été lu comme du Windows-1252"
    ),
    "%(file)s is an old or password-protected Excel file: save it as .xlsx": N_(
        "%(file)s est un ancien fichier Excel, ou demande un mot de passe : enregistrez-le en .xlsx"
    ),
    "%(file)s is too large unpacked: export it as .csv": N_(
        "%(file)s est trop grand une fois décompressé : exportez-le en .csv"
    ),
    "%(file)s is not a whole .xlsx file": N_("%(file)s n’est pas un fichier .xlsx entier"),
    "%(file)s is damaged and cannot be read on": N_(
        "%(file)s est abîmé : la suite ne peut pas être lue"
    ),
    "%(file)s changed while it was read": N_("%(file)s a changé pendant sa lecture"),
    "%(file)s cannot be read: %(error)s": N_("%(file)s ne peut pas être lu : %(error)s"),
    "%(file)s holds no row below its header": N_(
        "%(file)s ne contient aucune ligne sous ses titres"
    ),
    "%(file)s is empty": N_("%(file)s est vide"),
    "%(file)s, line %(line)s: %(reason)s": N_("%(file)s, ligne %(line)s : %(reason)s"),
    "an export may hold a part of the reviews (complete_export is not set)": N_(
        "un export peut ne contenir qu’une partie des avis (complete_export n’est pas réglé)"
    ),
    "left alone: %(files)s": N_("laissés de côté : %(files)s"),
}
ROWS = {
    "column “%(column)s”: %(reason)s": N_("colonne « %(column)s » : %(reason)s"),
    "column %(letter)s: %(reason)s": N_("colonne %(letter)s : %(reason)s"),
    "it has no date in column “%(column)s”": N_("pas de date dans la colonne « %(column)s »"),
    "it has no date in column %(letter)s": N_("pas de date dans la colonne %(letter)s"),
    "it has neither text nor stars": N_("ni texte ni étoiles"),
    "it has %(cells)s cells where the header has %(count)s": N_(
        "la ligne a %(cells)s cellules, les titres en ont %(count)s"
    ),
    "its id “%(cell)s” is already at line %(line)s": N_(
        "son identifiant « %(cell)s » est déjà à la ligne %(line)s"
    ),
    "“%(cell)s” is not a number of stars": N_("« %(cell)s » n’est pas un nombre d’étoiles"),
    "“%(cell)s” is not between %(least)s and %(most)s": N_(
        "« %(cell)s » n’est pas entre %(least)s et %(most)s"
    ),
    "“%(cell)s” is no date of the expected form": N_(
        "« %(cell)s » n’est pas une date de la forme attendue"
    ),
    "“%(cell)s” is no date": N_("« %(cell)s » n’est pas une date"),
    "cell %(place)s holds the error %(cell)s": N_(
        "la cellule %(place)s contient l’erreur %(cell)s"
    ),
    "cell %(place)s is a formula whose value was never stored: "
    "open the file in a spreadsheet program and save it": N_(
        "la cellule %(place)s est une formule dont le résultat n’a jamais été enregistré : "
        "ouvrez le fichier dans un tableur et enregistrez-le"
    ),
    "its quotation marks are not balanced (%(error)s)": N_(
        "ses guillemets ne vont pas par deux (%(error)s)"
    ),
    "a quotation mark is opened and not closed": N_("un guillemet est ouvert et jamais fermé"),
    "unexpected end of data": N_("le fichier finit trop tôt"),
    "'%(mark)s' expected after '\"'": N_("« %(mark)s » attendu après le guillemet"),
}
LISTS = {
    "%(columns)s and %(count)s more": N_("%(columns)s et %(count)s autres"),
    "no heading at all": N_("aucun titre"),
    "none": N_("aucune"),
}
TRUSTPILOT = {
    "Trustpilot shows no page %(page)s, though its counter says there is one": N_(
        "Trustpilot ne montre pas de page %(page)s, alors que son compteur en annonce une"
    ),
    "Trustpilot showed reviews in '%(code)s' only, %(count)s of None, "
    "though every language was asked for": N_(
        "Trustpilot n’a montré que les avis de langue « %(code)s », soit %(count)s, "
        "alors que toutes les langues étaient demandées"
    ),
    "Trustpilot showed reviews in '%(code)s' only, %(count)s of %(total)s, "
    "though every language was asked for": N_(
        "Trustpilot n’a montré que les avis de langue « %(code)s », soit %(count)s sur "
        "%(total)s, alors que toutes les langues étaient demandées"
    ),
    "Trustpilot shows no more than %(count)s reviews: page %(page)s repeats": N_(
        "Trustpilot ne montre pas plus de %(count)s avis : la page %(page)s répète les mêmes"
    ),
    "some reviews could not be read": N_("certains avis n’ont pas pu être lus"),
    "Trustpilot counts %(total)s reviews and showed %(count)s": N_(
        "Trustpilot compte %(total)s avis et en a montré %(count)s"
    ),
    "Trustpilot showed no reviews although its counter says %(count)s": N_(
        "Trustpilot n’a montré aucun avis, alors que son compteur en annonce %(count)s"
    ),
    "Trustpilot showed no reviews although there were some before": N_(
        "Trustpilot n’a montré aucun avis, alors qu’il y en avait avant"
    ),
    "Trustpilot's page came without %(part)s; its JSON-LD still shows %(count)s reviews": N_(
        "la page de Trustpilot est arrivée sans %(part)s ; elle montre encore %(count)s avis "
        "autrement (JSON-LD)"
    ),
    "Trustpilot's page came without %(part)s": N_(
        "la page de Trustpilot est arrivée sans %(part)s"
    ),
    "its data (__NEXT_DATA__)": N_("ses données (__NEXT_DATA__)"),
    "readable data (__NEXT_DATA__)": N_("données lisibles (__NEXT_DATA__)"),
    "the reviews that its JSON-LD shows": N_("les avis qu’elle montre autrement (JSON-LD)"),
    "props.pageProps": N_("sa partie « props.pageProps »"),
    "pageProps.reviews": N_("sa partie « pageProps.reviews »"),
    "no review can be read any more (%(reason)s)": N_("plus aucun avis ne se lit (%(reason)s)"),
    "KeyError: '%(field)s'": N_("la plateforme a envoyé un avis incomplet (%(field)s)"),
    "ValueError: Invalid isoformat string: '%(cell)s'": N_(
        "la plateforme a envoyé un avis dont la date ne se lit pas (%(cell)s)"
    ),
    "ValueError: %(cell)s is not a rating from 1 to 5": N_(
        "la plateforme a envoyé un avis dont la note n’est pas de 1 à 5 (%(cell)s)"
    ),
    "KeyError: %(error)s": N_("la plateforme a envoyé un avis auquel il manque %(error)s"),
    "TypeError: %(error)s": N_(
        "la plateforme a envoyé un avis dont une partie n’a pas la forme attendue (%(error)s)"
    ),
    "AttributeError: %(error)s": N_(
        "la plateforme a envoyé un avis dont une partie est d’une autre sorte (%(error)s)"
    ),
    "ValueError: %(error)s": N_(
        "la plateforme a envoyé un avis dont une valeur ne se lit pas (%(error)s)"
    ),
    "Trustpilot's API answered without a list of reviews": N_(
        "l’interface de Trustpilot a répondu sans liste d’avis"
    ),
    "Trustpilot's API answered without '%(field)s'": N_(
        "l’interface de Trustpilot a répondu sans « %(field)s »"
    ),
}
MASTODON = {
    "posts are found by search, hashtag and mention: one that is not found is not thereby gone; "
    "a deletion is known by the server's 404": N_(
        "les publications sont trouvées par recherche, par mot-dièse et par mention : une "
        "publication qui n’est plus trouvée n’est pas supprimée pour autant ; le serveur dit "
        "lesquelles le sont"
    ),
    "“%(cell)s” found nothing: this server may not search in texts": N_(
        "« %(cell)s » n’a rien donné : ce serveur ne cherche peut-être pas dans les textes"
    ),
    "the server's number of requests is used up": N_(
        "le nombre de demandes permis par le serveur est épuisé"
    ),
    "own_account: the server knows no account “%(account)s”": N_(
        "own_account : le serveur ne connaît pas de compte « %(account)s »"
    ),
    "%(part)s should be a JSON object": N_(
        "le serveur a envoyé autre chose que ce qui était attendu (%(part)s : objet JSON)"
    ),
    "%(part)s should be a list": N_(
        "le serveur a envoyé autre chose que ce qui était attendu (%(part)s : liste)"
    ),
    "each of %(part)s": N_("chaque élément de : %(part)s"),
    "a post": N_("une publication"),
    "the posts asked for": N_("les publications demandées"),
    "the thread of a post": N_("le fil d’une publication"),
    "our own account": N_("notre propre compte"),
    "our own posts": N_("nos propres publications"),
    "the server's description": N_("la présentation du serveur"),
    "the new post": N_("la nouvelle publication"),
    "a hashtag's timeline": N_("les publications d’un mot-dièse"),
    "the notifications": N_("les notifications"),
    "the search results": N_("les résultats de la recherche"),
    "“%(field)s” of a post": N_("« %(field)s » d’une publication"),
    "“%(field)s” of a thread": N_("« %(field)s » d’un fil"),
    "“%(field)s” of a mention": N_("« %(field)s » d’une mention"),
    "“%(field)s” of the search results": N_("« %(field)s » des résultats de la recherche"),
    "a post has no “%(field)s”": N_("une publication est arrivée sans « %(field)s »"),
    "a post's “%(field)s” is no time": N_("« %(field)s » d’une publication n’est pas une date"),
}
NETWORK = {
    "the platform asks for a captcha or a bot check; none is ever evaded": N_(
        "la plateforme demande de prouver qu’une personne lit ses pages ; Vigie ne contourne "
        "jamais ce contrôle"
    ),
    "the platform answered %(status)s: %(words)s": N_(
        "la plateforme a répondu par une erreur (%(status)s) : « %(words)s »"
    ),
    "the platform answered %(status)s": N_("la plateforme a répondu par une erreur (%(status)s)"),
    "the platform sent an HTML page where JSON was due": N_(
        "la plateforme a envoyé une page web au lieu de données (JSON)"
    ),
    "the platform sent %(count)s bytes that are not whole JSON where JSON was due": N_(
        "la plateforme a envoyé des données incomplètes (%(count)s octets de JSON)"
    ),
    "more than %(count)s redirects": N_("la plateforme renvoie d’adresse en adresse (%(count)s)"),
    "'%(address)s' is not a request that can be made": N_(
        "« %(address)s » ne peut pas être demandé"
    ),
    "'%(address)s' is not an http or https address": N_(
        "« %(address)s » n’est pas une adresse en http ou https"
    ),
    "this is not an http or https address": N_("cette adresse n’est pas en http ou https"),
    "the answer is larger than %(count)s bytes": N_("la réponse dépasse %(count)s octets"),
    "the page is larger than is read": N_("la page est trop grande pour être lue"),
    "robots.txt does not allow this page to be read": N_(
        "robots.txt demande aux programmes de ne pas lire cette page"
    ),
    "a header cannot be sent; is a key or token mistyped?": N_(
        "un en-tête ne peut pas être envoyé ; une clé ou un jeton est-il mal saisi ?"
    ),
    "the platform did not answer in time": N_("la plateforme n’a pas répondu à temps"),
    "no connection could be made (%(error)s)": N_("aucune connexion n’a pu être faite (%(error)s)"),
    "no connection could be made": N_("aucune connexion n’a pu être faite"),
    "the answer could not be decompressed": N_("la réponse n’a pas pu être décompressée"),
    "the connection was cut before the whole answer": N_(
        "la connexion a été coupée avant la fin de la réponse"
    ),
    "the connection was cut (%(error)s)": N_("la connexion a été coupée (%(error)s)"),
    "the name %(address)s could not be resolved": N_("le nom %(address)s est introuvable"),
    "the host's name could not be resolved": N_("le nom du serveur est introuvable"),
    "%(address)s is at the private address %(number)s; "
    "set allow_private_hosts in the configuration if that is meant": N_(
        "%(address)s est à l’adresse privée %(number)s ; réglez allow_private_hosts dans la "
        "configuration si c’est voulu"
    ),
    "this Scrapy does not take our address guard; install scrapy 2.19 or newer": N_(
        "cette version de Scrapy ne laisse pas Vigie vérifier les adresses ; installez scrapy "
        "2.19 ou une version plus récente"
    ),
    "the request was given up: %(error)s": N_("la demande a été abandonnée : %(error)s"),
    "the page could not be read (%(error)s)": N_("la page n’a pas pu être lue (%(error)s)"),
    "the crawl took too long and was ended": N_("la lecture durait trop et a été arrêtée"),
    "the crawl ended unexpectedly (exit %(exit)s); its last words: none": N_(
        "la lecture s’est interrompue sans rien dire (code %(exit)s)"
    ),
    "the crawl ended unexpectedly (exit %(exit)s); its last words: %(error)s": N_(
        "la lecture s’est interrompue (code %(exit)s) ; ses derniers mots : %(error)s"
    ),
    "%(kind)s in the platform file": N_(
        "le programme qui lit cette plateforme s’est trompé (%(kind)s)"
    ),
    "the platform showed no review at all, where %(count)s were": N_(
        "la plateforme n’a montré aucun avis, là où il y en avait %(count)s"
    ),
}
REPLIES = {
    "the reply is %(count)s characters longer than %(most)s": N_(
        "la réponse dépasse de %(count)s caractères la limite de %(most)s"
    ),
    "the reply is %(count)s characters too long": N_(
        "la réponse dépasse la limite de %(count)s caractères"
    ),
    "this review is already answered on Trustpilot with another text": N_(
        "cet avis a déjà sur Trustpilot une réponse d’un autre texte"
    ),
    "the post is no longer on the server": N_("la publication n’est plus sur le serveur"),
    "the review is no longer on the platform": N_("l’avis n’est plus sur la plateforme"),
    "the program stopped while sending": N_("Vigie s’est arrêtée pendant l’envoi"),
    "replies cannot be posted any more": N_("Vigie ne peut plus publier de réponses ici"),
    "the platform cannot be asked any more": N_("Vigie ne peut plus interroger la plateforme"),
}
FORMS: Mapping[str, str] = PLACES | FILES | ROWS | TRUSTPILOT | MASTODON | NETWORK | REPLIES
