"""What people write about a text without judging anything: greetings, thanks, names, who they are.

Put before or after texts while a network learns, so that a complaint that says thank you stays one.
"""

from __future__ import annotations

OPENINGS: dict[str, tuple[str, ...]] = {
    "fr": (
        *("Bonjour,", "Bonjour", "Bonsoir,", "Madame, Monsieur,", "Salut,", "Bonjour à tous,"),
        *("Bonjour, je vous écris aujourd'hui.", "Bonjour Madame, Monsieur,", "Alors voilà."),
        *("Client depuis 2015.", "Cliente depuis dix ans.", "J'habite à Lyon.", "Mon avis :"),
        *("Commande passée en mars.", "Premier passage.", "Avis du 12/03.", "Pour information,"),
        *("Contrat n° 48213.", "Je m'appelle Martine, j'ai 62 ans.", "Petit retour d'expérience."),
        *("Assuré depuis 6 ans.", "Nous étions quatre.", "Je laisse rarement des avis."),
    ),
    "en": (
        *("Hello,", "Hi,", "Good morning,", "Dear Sir or Madam,", "Hi all,", "Hey there,"),
        *("Customer since 2015.", "I live in Leeds.", "My review:", "First visit.", "So."),
        *("Ordered in March.", "Ref. 48213.", "For information,", "Just my experience."),
        *("I have been a customer for ten years.", "There were four of us.", "Review of 3 May."),
        *("I rarely leave reviews.", "My name is Carol, I am 62.", "Good evening to everyone,"),
    ),
    "de": (
        *("Hallo,", "Guten Tag,", "Guten Abend,", "Sehr geehrte Damen und Herren,", "Moin,"),
        *("Kunde seit 2015.", "Ich wohne in Köln.", "Meine Bewertung:", "Erster Besuch.", "Also."),
        *("Bestellt im März.", "Vertrag Nr. 48213.", "Zur Info:", "Kurzer Erfahrungsbericht."),
        *("Ich bin seit zehn Jahren Kundin.", "Wir waren zu viert.", "Ich bewerte selten."),
        *("Hallo zusammen,", "Ich heiße Sabine, 62 Jahre.", "Bewertung vom 3. Mai."),
    ),
    "es": (
        *("Hola,", "Buenos días,", "Buenas tardes,"),
        *("Buenas,", "Estimados señores,", "Hola a todos,"),
        *("Cliente desde 2015.", "Vivo en Sevilla."),
        *("Mi opinión:", "Primera visita.", "Pues nada."),
        *("Pedido hecho en marzo.", "Contrato n.º 48213.", "Para que conste:", "Mi experiencia."),
        *("Soy clienta desde hace diez años.", "Éramos cuatro.", "No suelo dejar reseñas."),
        *("Me llamo Pilar, tengo 62 años.", "Reseña del 3 de mayo."),
    ),
    "it": (
        *("Buongiorno,", "Buonasera,", "Salve,", "Ciao,", "Gentili signori,", "Ciao a tutti,"),
        *("Cliente dal 2015.", "Abito a Torino.", "La mia opinione:", "Prima visita.", "Allora."),
        *("Ordine fatto a marzo.", "Contratto n. 48213."),
        *("Per informazione:", "La mia esperienza."),
        *("Sono cliente da dieci anni.", "Eravamo in quattro.", "Scrivo raramente recensioni."),
        *("Mi chiamo Carla, ho 62 anni.", "Recensione del 3 maggio."),
    ),
    "nl": (
        *("Hallo,", "Goedemorgen,", "Goedenavond,", "Beste,", "Geachte heer, mevrouw,", "Hoi,"),
        *("Klant sinds 2015.", "Ik woon in Utrecht."),
        *("Mijn beoordeling:", "Eerste bezoek.", "Tja."),
        *("Besteld in maart.", "Contract nr. 48213.", "Ter info:", "Korte ervaring."),
        *("Ik ben al tien jaar klant.", "We waren met zijn vieren.", "Ik schrijf zelden reviews."),
        *("Ik heet Ria, 62 jaar.", "Beoordeling van 3 mei.", "Dag allemaal,"),
    ),
}
CLOSINGS: dict[str, tuple[str, ...]] = {
    "fr": (
        *("Merci", "Merci.", "Merci d'avance.", "Merci de votre réponse.", "Merci à vous", "merci"),
        *("Cordialement", "Cordialement."),
        *("Bien cordialement, M. Dupont", "Cdlt", "Cordialement, P."),
        *("Bonne journée", "Bonne soirée à tous.", "Bonne continuation.", "Bien à vous.", "Voilà."),
        *("Sincères salutations.", "À bon entendeur."),
        *("À suivre.", "Client depuis 2015.", "Signé Léa"),
        *("J'habite à Lyon.", "Avis laissé le 12 mars.", "Dossier 48213.", "Merci de m'avoir lue."),
        *("Dans l'attente de votre retour.", "Voilà mon avis.", "Martine, 62 ans", "Bises"),
    ),
    "en": (
        *("Thanks", "Thanks.", "Thank you"),
        *("Thank you.", "Thanks in advance.", "Thanks for reading."),
        *("Regards", "Kind regards, J. Smith", "Best wishes", "Sincerely,", "Cheers", "Cheers."),
        *("Have a nice day.", "That's all."),
        *("Just saying.", "Customer since 2015.", "I live in Leeds."),
        *("Posted on 12 March.", "Ref. 48213."),
        *("Awaiting your reply.", "Carol, 62", "All the best."),
    ),
    "de": (
        *("Danke", "Danke.", "Vielen Dank.", "Danke im Voraus.", "Danke fürs Lesen.", "danke"),
        *("Mit freundlichen Grüßen", "MfG", "MfG M. Schmidt", "Viele Grüße", "LG", "Beste Grüße"),
        *("Schönen Tag noch.", "Das war's.", "So viel dazu.", "Kunde seit 2015.", "Gruß aus Köln"),
        *("Stand: 12. März.", "Vorgang 48213.", "Ich warte auf Antwort.", "Sabine, 62"),
    ),
    "es": (
        *("Gracias", "Gracias.", "Muchas gracias.", "Gracias de antemano.", "gracias por leerme"),
        *("Un saludo", "Saludos"),
        *("Saludos cordiales.", "Atentamente, J. García", "Un saludo, Pilar"),
        *("Buen día.", "Eso es todo.", "Ahí lo dejo.", "Cliente desde 2015.", "Vivo en Sevilla."),
        *("Escrito el 12 de marzo.", "Expediente 48213.", "Quedo a la espera.", "Pilar, 62 años"),
    ),
    "it": (
        *("Grazie", "Grazie.", "Grazie mille.", "Grazie in anticipo.", "grazie per l'attenzione"),
        *("Cordiali saluti", "Saluti", "Distinti saluti, M. Rossi", "Un saluto", "Buona giornata."),
        *("Buona serata.", "Tutto qui."),
        *("Questo è quanto.", "Cliente dal 2015.", "Abito a Torino."),
        *("Scritto il 12 marzo.", "Pratica 48213.", "Resto in attesa.", "Carla, 62 anni"),
    ),
    "nl": (
        *("Bedankt", "Bedankt.", "Dank u wel."),
        *("Alvast bedankt.", "Bedankt voor het lezen.", "dank"),
        *("Met vriendelijke groet", "Mvg", "Mvg, J. de Vries"),
        *("Groeten", "Groetjes", "Vriendelijke groet"),
        *("Fijne dag nog.", "Dat was het."),
        *("Tot zover.", "Klant sinds 2015.", "Ik woon in Utrecht."),
        *("Geschreven op 12 maart.", "Dossier 48213.", "Ik wacht op antwoord.", "Ria, 62"),
    ),
}
