"""Words for what columns tell of, by language: calls, those reached, amounts."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]
"""Language → its words, without capitals and accents; ``_`` stands inside those of two words."""

#: How often somebody was dialled: counts, as they are mostly called.
DIALS: Words = {
    "English": "calls dials redials attempts",
    "Italian": "chiamate telefonate tentativi",
    "German": "anrufe anrufversuche telefonate",
    "Spanish": "llamadas intentos",
    "French": "appels tentatives",
}
#: That somebody was dialled, or written to; whether they were reached is not said.
TRIED: Words = {
    "English": "called dialed dialled attempted contacted",
    "Italian": "chiamato chiamati contattato contattata contattati contattate",
    "German": "angerufen kontaktiert",
    "Spanish": "llamado llamados contactado contactada contactados",
    "French": "appele appeles contacte contactes",
}
#: That the contact itself answered.
REACHED: Words = {
    "English": "reached answered talked conversations",
    "Italian": "risposto risposte raggiunto raggiunta raggiunti raggiunte conversazioni conversato "
    "contatto_utile contatti_utili",
    "German": "erreicht erreichte gesprache",
    "Spanish": "contestado contestada contestados conversaciones",
    "French": "repondu conversations",
}
#: The same in words that also tell of something else (``connected_devices``): the whole name.
PICKED_UP: Words = {
    "English": "connected rpc right_party right_party_contact live_contact live_answer "
    "live_person picked_up pick_up contact_made spoken_to",
    "Italian": "contatto_con_esito esito_utile contatto_effettivo contatto_avvenuto",
    "German": "erreichbar verbunden kontakt_zustande_gekommen abgehoben",
    "Spanish": "contacto_efectivo contacto_util conectado localizado",
    "French": "joignable contact_utile contact_abouti decroche joint",
}
#: That nobody answered, where it is the whole name of a column of yes and no.
NOT_REACHED: Words = {
    "English": "never_reached not_reached unreached no_answer unanswered not_answered unreachable "
    "never_answered",
    "Italian": "mai_raggiunto non_raggiunto non_risponde non_risposto nessuna_risposta "
    "irraggiungibile non_raggiungibile",
    "German": "nie_erreicht nicht_erreicht nicht_erreichbar keine_antwort",
    "Spanish": "no_contesta no_contesto no_responde no_contactado sin_respuesta ilocalizable",
    "French": "jamais_joint non_joint injoignable sans_reponse pas_de_reponse ne_repond_pas",
}
#: Endings of a talk, as the whole text of a cell.
ENDED_TALK: Words = {
    "English": "not_interested no_interest call_back callback refused refusal",
    "Italian": "non_interessato non_interessata non_interessati richiamare da_richiamare rifiuta "
    "rifiuto rifiutato",
    "German": "nicht_interessiert kein_interesse ruckruf abgelehnt",
    "Spanish": "no_interesado no_interesada no_le_interesa volver_a_llamar rechaza rechazado",
    "French": "pas_interesse pas_interessee non_interesse rappeler a_rappeler refus refuse",
}
#: Short codes of calls that nobody answered, as the whole text of a cell.
UNANSWERED_CODES: Words = {"English": "na n_a b a aa ab al am adc dc drop pdrop vm nr ns new"}
#: What a column of yes and no holds where it is no.
NO: Words = {
    "English": "0 0_0 no n false f",
    "Italian": "falso",
    "German": "nein falsch",
    "French": "non faux",
}
#: A talk with the contact, where nothing else stands beside it than how long or how many
#: (``minuti_parlati``): ``lingua_parlata`` tells of no talk.
TALK: Words = {
    "English": "talk talks talked talking talktime spoke spoken conversation conversations",
    "Italian": "parlato parlata parlati parlate conversazione conversazioni",
    "German": "gesprach gesprache gesprachs gesprochen gesprachsdauer gesprachszeit "
    "gesprachsminuten gesprachssekunden sprechzeit sprechdauer",
    "Spanish": "hablado hablada hablados habladas conversacion conversaciones",
    "French": "parle parlee parles parlees conversation conversations",
}
#: How long it took, besides the words of MEASURED.
TALK_TIME: Words = {
    "English": "time secs mins hours avg average",
    "Italian": "tempo ore medio",
    "German": "zeit stunden",
    "Spanish": "tiempo horas",
    "French": "temps heures",
}
#: What else a dialler did; with the three above: wherever it stands in a name, it is the arm's own
#: doing.
CALLS: Words = {
    "English": "talk callbacks disposition dispositions",
    "Italian": "richiamo richiami richiamato richiamati",
    "German": "ruckrufe",
    "Spanish": "rellamadas",
    "French": "rappels",
}
#: One call, which may also tell of something else (a call centre): it tells of the arm's doing as
#: what is divided by, and beside the words of MEASURED only.
CALL: Words = {
    "English": "call dial attempt conversation answer answers callback",
    "Italian": "chiamata telefonata tentativo conversazione risposta esito esiti",
    "German": "anruf versuch gesprach ruckruf",
    "Spanish": "llamada intento conversacion respuesta",
    "French": "appel tentative conversation reponse rappel",
}
#: What is counted or measured of a call.
MEASURED: Words = {
    "English": "n num number count of total sum mean first last duration length seconds sec s min "
    "minutes outcome result",
    "Italian": "numero totale somma media di della prima primo ultima ultimo durata secondi minuti "
    "esito esiti",
    "German": "anzahl summe dauer sekunden minuten ergebnis erster letzter",
    "Spanish": "numero total duracion segundos minutos resultado de la primera ultima",
    "French": "nombre total duree secondes minutes resultat de premier dernier",
}
#: What else is divided by that the arm itself settles.
WORKED: Words = {
    "English": "live right_party agent_hour agent_hours agent_s hour hours",
    "Italian": "ora ore",
    "German": "stunde stunden",
    "Spanish": "hora horas",
    "French": "heure heures",
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
    "English": "is was been has flag n num number of count times ever at outcome contact call",
    "Italian": "e ha stato stata flag numero volte esito contatto cliente chiamata",
    "German": "wurde anzahl mal kontakt kunde",
    "Spanish": "ha fue numero veces contacto cliente resultado",
    "French": "a ete est nombre fois contact client resultat",
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
#: Endings of a call that nobody answered, or a machine. Without words that also tell of a job
#: (occupato, ocupado).
UNANSWERED: Words = {
    "English": "no_answer noanswer not_answered unanswered not_reached unreachable busy voicemail "
    "voice_mail answering_machine",
    "Italian": "non_risponde nessuna_risposta non_risposto senza_risposta non_raggiunto "
    "irraggiungibile non_raggiungibile segreteria",
    "German": "keine_antwort nicht_erreicht nicht_erreichbar niemand_erreicht besetzt "
    "anrufbeantworter mailbox",
    "Spanish": "no_contesta no_contesto no_responde sin_respuesta no_contactado ilocalizable "
    "buzon contestador",
    "French": "pas_de_reponse sans_reponse ne_repond_pas non_joint injoignable messagerie "
    "repondeur",
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
