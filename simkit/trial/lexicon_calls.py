"""Words for calls and for those reached by them, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

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
    "Italian": "chiamato chiamati",
    "German": "angerufen kontaktiert",
    "Spanish": "llamado llamados",
    "French": "appele appeles contacte contactes",
}
#: Reached, as call centres mostly say it; a few say so of whoever was dialled.
CONTACTED: Words = {
    "Italian": "contattato contattata contattati contattate",
    "Spanish": "contactado contactada contactados contactadas",
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
#: That it did so, or what it answered in a survey: then values are several, as 1 to 5.
ANSWER: Words = {
    "English": "answer",
    "Italian": "risposta",
    "German": "antwort",
    "Spanish": "respuesta",
    "French": "reponse",
}
#: The same in words that also tell of something else (``connected_devices``): the whole name.
PICKED_UP: Words = {
    "English": "connected rpc right_party right_party_contact live_contact live_answer "
    "live_person picked_up pick_up contact_made spoken_to answer",
    "Italian": "contatto_con_esito esito_utile contatto_effettivo contatto_avvenuto risposta",
    "German": "erreichbar verbunden kontakt_zustande_gekommen abgehoben antwort",
    "Spanish": "contacto_efectivo contacto_util conectado localizado respuesta",
    "French": "joignable contact_utile contact_abouti decroche joint reponse",
}
#: That nobody answered, where it is the whole name of a column of yes and no.
NOT_REACHED: Words = {
    "English": "never_reached not_reached unreached no_answer unanswered not_answered unreachable "
    "never_answered",
    "Italian": "mai_raggiunto non_raggiunto non_risponde non_risposto nessuna_risposta "
    "irraggiungibile non_raggiungibile non_contattato mai_contattato",
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
    "English": "time sec secs mins hours avg average",
    "Italian": "tempo ore medio",
    "German": "zeit stunden",
    "Spanish": "tiempo horas",
    "French": "temps heures",
}
#: Where nothing else stands beside it, it is of the talk too.
SECONDS: Words = {
    "English": "seconds secs sec",
    "Italian": "secondi",
    "German": "sekunden",
    "Spanish": "segundos",
    "French": "secondes",
}
#: How long something took: a call, where the name says so or counts seconds. Contracts last too.
DURATION: Words = {
    "English": "duration length",
    "Italian": "durata",
    "German": "dauer",
    "Spanish": "duracion",
    "French": "duree",
}
#: What else a dialler did; with `DIALS`, `TRIED` and `REACHED`: wherever it stands in a name, it is
#: the arm's own doing.
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
#: Endings of a call that nobody answered, or a machine. Without words that also tell of a job
#: (occupato, ocupado).
UNANSWERED: Words = {
    "English": "no_answer noanswer not_answered unanswered not_reached unreachable busy voicemail "
    "voice_mail answering_machine",
    "Italian": "non_risponde nessuna_risposta non_risposto senza_risposta non_raggiunto "
    "irraggiungibile non_raggiungibile non_contattato mai_contattato segreteria",
    "German": "keine_antwort nicht_erreicht nicht_erreichbar niemand_erreicht besetzt "
    "anrufbeantworter mailbox",
    "Spanish": "no_contesta no_contesto no_responde sin_respuesta no_contactado ilocalizable "
    "buzon contestador",
    "French": "pas_de_reponse sans_reponse ne_repond_pas non_joint injoignable messagerie "
    "repondeur",
}
#: One call, where nothing says that it was the first or last of several, or counts them.
ONE_CALL: Words = {
    "English": "call dial attempt phonecall conversation interaction",
    "Italian": "chiamata telefonata tentativo conversazione interazione",
    "German": "anruf anrufversuch wahlversuch versuch telefonat gesprach",
    "Spanish": "llamada intento conversacion",
    "French": "appel tentative conversation",
}
#: Of these, what may tell of something else: the German word is also one for a trial, or its arm.
MAY_BE_CALLS: Words = {"German": "versuch"}
#: A call that follows another, where it is numbered.
CALLBACK: Words = {
    "English": "callback redial",
    "Italian": "richiamo",
    "German": "ruckruf",
    "Spanish": "rellamada",
    "French": "rappel",
}
#: What it is numbered by, and what stands between.
ORDINAL: Words = {
    "English": "n no nr num number seq sequence order nth",
    "Italian": "n num numero nr progressivo ordine",
    "German": "nr nummer lfd laufende",
    "Spanish": "n num numero orden",
    "French": "n no num numero rang",
}
BETWEEN: Words = {
    "English": "of the phone and",
    "Italian": "di della del e",
    "German": "der des und",
    "Spanish": "de la del y",
    "French": "de la du l d et",
}
#: When something was.
MOMENT: Words = {
    "English": "date time datetime timestamp at day hour",
    "Italian": "data ora orario giorno timestamp",
    "German": "datum zeit uhrzeit zeitpunkt tag stunde",
    "Spanish": "fecha hora dia",
    "French": "date heure jour horodatage",
}
#: The same, of how it began and how it ended.
BEGIN: Words = {
    "English": "start started begin",
    "Italian": "inizio",
    "German": "beginn start",
    "Spanish": "inicio",
    "French": "debut",
}
END: Words = {
    "English": "end ended",
    "Italian": "fine",
    "German": "ende",
    "Spanish": "fin",
    "French": "fin",
}
#: A contact, which is a person, or a call to one.
MET: Words = {
    "English": "contact",
    "Italian": "contatto",
    "German": "kontakt",
    "Spanish": "contacto",
    "French": "contact",
}
#: Names that tell calls apart, and say when one was, in one word.
CALL_IDS: Words = {"English": "callid callsid ucid", "German": "anrufid"}
CALL_MOMENTS: Words = {
    "English": "calldate calltime callstart",
    "German": "anrufdatum anrufzeit anrufzeitpunkt anrufbeginn",
}
#: What a length is counted in.
UNITS: Words = {
    "English": "s sec secs min mins minutes in",
    "Italian": "s sec min minuti in",
    "German": "s sek min minuten in",
    "Spanish": "s seg min minutos en",
    "French": "s sec min minutes en",
}
#: Whoever made it.
AGENT: Words = {
    "English": "agent operator rep caller",
    "Italian": "agente operatore operatrice addetto teleoperatore",
    "German": "agent mitarbeiter bearbeiter",
    "Spanish": "agente operador teleoperador",
    "French": "agent operateur conseiller teleoperateur",
}
#: How it ended.
RESULT: Words = {
    "English": "outcome result status ending disposition",
    "Italian": "esito risultato stato",
    "German": "ergebnis status",
    "Spanish": "resultado estado",
    "French": "resultat statut issue",
}
