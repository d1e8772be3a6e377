"""Words for what columns tell of, by language: people, ids, amounts."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]
"""Language → its words, without capitals and accents; ``_`` stands inside those of two words."""

#: What a column of yes and no holds where it is no.
NO: Words = {
    "English": "0 0_0 no n false f",
    "Italian": "falso",
    "German": "nein falsch",
    "French": "non faux",
}
#: Between an event and whom it is counted among, with the article that may follow.
AMONG: Words = {
    "English": "per given if among",
    "Italian": "per su sui sulle se tra fra dato",
    "German": "pro je wenn unter",
    "Spanish": "por si entre",
    "French": "par si parmi",
}
ARTICLES: Words = {
    "English": "the",
    "Italian": "i gli le la il",
    "German": "den die der",
    "Spanish": "los las",
    "French": "les la le",
}
#: Whom an arm was assigned.
ASSIGNED: Words = {
    "English": "n contact contacts assigned allocated randomised randomized enrolled customers "
    "clients leads people persons users subscribers",
    "Italian": "contatto contatti assegnato assegnata assegnati assegnate randomizzati clienti "
    "persone utenti nominativi anagrafiche iscritti",
    "German": "kontakte zugeteilt zugewiesen kunden personen",
    "Spanish": "contactos asignados clientes personas",
    "French": "contacts assignes clients personnes",
}
#: Of these, what counts contacts alone: a person may have customers, and a household persons.
GROUPS: Words = {
    "English": "contacts assigned allocated randomised randomized enrolled",
    "Italian": "contatti assegnati assegnate randomizzati nominativi anagrafiche",
    "German": "kontakte zugeteilt zugewiesen",
    "Spanish": "contactos asignados",
    "French": "assignes",
}
#: The same of a list, where both words stand together.
LIST_SIZE: Words = {
    "English": "list_size size_of_list list_length",
    "Italian": "dimensione_lista lunghezza_lista",
    "German": "listengrosse listenlange",
    "Spanish": "tamano_lista tamano_de_la_lista",
    "French": "taille_liste taille_de_la_liste",
}
#: What several contacts may belong to, and may have been assigned by.
ACCOUNTS: Words = {
    "English": "accounts companies firms organisations organizations businesses households "
    "families",
    "Italian": "aziende imprese ditte societa famiglie nuclei",
    "German": "haushalte firmen unternehmen betriebe familien",
    "Spanish": "cuentas empresas hogares familias",
    "French": "comptes entreprises societes foyers menages familles",
}
#: What may stand around them and changes nothing: ``ha_risposto``, ``n_reached``.
FLAG: Words = {
    "English": "is was been has flag n num number of count times ever at outcome contact call with "
    "to",
    "Italian": "e ha stato stata flag numero volte esito contatto cliente chiamata con",
    "German": "wurde anzahl mal kontakt kunde mit",
    "Spanish": "ha fue numero veces contacto cliente resultado con",
    "French": "a ete est nombre fois contact client resultat avec",
}
#: What a column of yes and no holds where it is yes.
YES: Words = {
    "English": "1 yes y true t x",
    "Italian": "si s vero",
    "German": "ja j wahr",
    "Spanish": "si verdadero",
    "French": "oui o vrai",
}
#: What may stand around them in the name of a number.
NUMBER: Words = {
    "English": "num number of no nr count total size in arm the to per all",
    "Italian": "numero num di nr totale tot dei gli al per nel braccio gruppo",
    "German": "anzahl zahl der im arm gruppe",
    "Spanish": "numero total de los en grupo",
    "French": "nombre total de des par groupe",
}
#: Several of them, who begin the name of a number of contacts: ``contacts_with_calls``.
PEOPLE: Words = {
    "English": "contacts customers clients leads people persons users subscribers members",
    "Italian": "contatti clienti persone utenti nominativi iscritti abbonati",
    "German": "kontakte kunden personen nutzer",
    "Spanish": "contactos clientes personas usuarios abonados",
    "French": "contacts clients personnes abonnes",
}
#: What says which of them.
WHO: Words = {
    "English": "with who having",
    "Italian": "con che",
    "German": "mit die",
    "Spanish": "con que",
    "French": "avec qui",
}
#: One person, as a row of a table of contacts stands for.
PERSON: Words = {
    "English": "contact customer client lead user person subscriber member patient prospect",
    "Italian": "contatto cliente utente persona abbonato socio paziente nominativo anagrafica",
    "German": "kontakt kunde kunden person nutzer",
    "Spanish": "contacto cliente usuario persona abonado",
    "French": "contact client utilisateur personne abonne",
}
#: What tells one row from another.
ID: Words = {
    "English": "id ids uid uuid guid key code number no num ref",
    "Italian": "codice cod numero chiave matricola ndg rif",
    "German": "nummer nr kennung schlussel",
    "Spanish": "codigo numero clave",
    "French": "code numero cle identifiant",
}
#: The same, where it is the whole name.
ID_ALONE: Words = {
    "English": "id uid uuid guid",
    "Italian": "codice cod matricola ndg",
    "German": "kennung",
    "Spanish": "codigo",
    "French": "identifiant",
}
#: What a person alone has.
PERSONAL: Words = {
    "English": "phone telephone tel mobile cell msisdn email e_mail mail fiscal_code tax_code "
    "tax_id ssn",
    "Italian": "telefono cellulare pec cf codice_fiscale",
    "German": "telefon handy telefonnummer handynummer rufnummer steuernummer",
    "Spanish": "movil celular correo dni nie",
    "French": "portable courriel",
}
#: What a company has too, of whose contacts there may be several.
OF_FIRMS: Words = {
    "English": "vat vat_id vat_number iban",
    "Italian": "piva p_iva partita_iva",
    "Spanish": "nif",
    "French": "siret",
}
#: What says of a contact that nothing ended its time: it was seen so long, and no longer.
NO_END: Words = {
    "English": "0 0_0 none no not nothing false null na nan n_a unknown open active ongoing "
    "pending still_active still_open end_of_follow_up end_of_study end_of_observation",
    "Italian": "nessuno nessuna niente nulla aperto attivo in_corso in_attesa n_d "
    "fine_osservazione",
    "German": "keine keiner kein nein offen unbekannt",
    "Spanish": "ninguno ninguna nada abierto",
    "French": "aucun aucune rien non",
}
#: The same, by how a word of it begins.
CENSORED: Words = {
    "English": r"censor\w*",
    "Italian": r"censur\w*",
    "German": r"zensier\w*",
}
#: What there was none of: ``no event yet``, ``nessuna vendita``.
ENDS: Words = {
    "English": "sale sales event events end outcome",
    "Italian": "vendita vendite evento eventi esito fine",
    "German": "verkauf ereignis ende",
    "Spanish": "venta evento fin",
    "French": "vente evenement fin",
}
NONE_OF: Words = {
    "English": "no without",
    "Italian": "nessun nessuna nessuno senza",
    "German": "kein keine ohne",
    "Spanish": "ningun ninguna sin",
    "French": "aucun aucune sans",
}
#: Money, whatever else a name tells.
MONEY: Words = {
    "English": "eur euro euros usd gbp dollars pounds cents revenue revenues turnover income "
    "earnings payments fees donations gmv ltv mrr",
    "Italian": "ricavo ricavi fatturato incasso incassi importo importi entrate guadagno guadagni "
    "pagamenti commissioni donazioni",
    "German": "umsatz umsatze erlos erlose gewinn betrag betrage",
    "Spanish": "ingresos importe importes pagos",
    "French": "recettes revenu revenus montant montants",
}
#: What has an amount, where the name does not tell of what a contact did (`DONE`).
AMOUNTS: Words = {
    "English": "profit margin value values amount amounts spend spent price prices cost costs "
    "discounts units items duration length talk_time aht",
    "Italian": "margine valore valori spesa spese prezzo prezzi costo costi utile utili premi "
    "sconti pezzi durata",
    "German": "wert werte preis preise kosten dauer",
    "Spanish": "margen valor valores gasto gastos precio precios coste costes costo costos "
    "duracion",
    "French": "marge valeur valeurs prix cout couts duree",
}
#: Times, which are an amount but where they say within what something was done.
TIMES: Words = {
    "English": "seconds secs s minutes mins hours days weeks months",
    "Italian": "secondi minuti ore giorni settimane mesi",
    "German": "sekunden minuten stunden tage wochen monate",
    "Spanish": "segundos minutos horas dias semanas meses",
    "French": "secondes minutes heures jours semaines mois",
}
#: What says within what.
WITHIN: Words = {
    "English": "in within after by",
    "Italian": "in entro dopo nei a",
    "German": "in binnen nach innerhalb",
    "Spanish": "en tras",
    "French": "en sous apres",
}
#: What a contact did, or was: a yes or no of each.
DONE: Words = {
    "English": "sold bought booked purchased converted signed renewed clicked opened replied "
    "answered reached unsubscribed opted opt cancelled canceled complained churned left stayed "
    "returned no not",
    "Italian": "venduto venduti acquisto acquisti acquistato acquistati prenotata prenotato "
    "prenotate prenotati iscritto iscritti disiscritto disiscritti firmato firmati rinnovato "
    "rinnovati reclamo reclami disdetta disdette raggiunti contattati",
    "German": "verkauft gekauft gebucht bestellt gekundigt erreicht",
    "Spanish": "vendido comprado reservado contestado cancelado",
    "French": "vendu achete reserve resilie repondu",
}
#: What one contact can have many times.
REPEATED: Words = {
    "English": "calls dials redials attempts conversations talks callbacks clicks visits views "
    "pageviews opens emails mails messages letters tickets logins sessions",
    "Italian": "chiamate telefonate tentativi conversazioni richiami clic visite aperture "
    "messaggi lettere accessi",
    "German": "anrufe anrufversuche telefonate gesprache ruckrufe klicks besuche nachrichten "
    "briefe",
    "Spanish": "llamadas intentos conversaciones rellamadas clics visitas correos mensajes cartas",
    "French": "appels tentatives conversations rappels clics visites messages lettres",
}
