"""Words by which a column says of itself that it was before the trial, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

#: Before the trial. "Prima" is also *first*: then a call or a part of the trial follows it. "Appels
#: passés" are *calls made*: see `PLACED`.
BEFORE: Words = {
    "English": "before pre prior previous previously prev past earlier historic historical history "
    "baseline",
    "Italian": "prima precedente precedenti precedentemente pregresso pregressa pregressi "
    "pregresse passato passata passati passate scorso scorsa scorsi scorse storico storica storici "
    "storiche anteriore anteriori antecedente antecedenti",
    "German": "vor vorher vorherige vorherigen bisher bisherige bisherigen fruher fruhere fruheren "
    "vorjahr zuvor davor vergangene vergangenen vergangenes vorangegangene vorangegangenen",
    "Spanish": "antes previo previa previos previas previamente anterior anteriores anteriormente "
    "pasado pasada pasados pasadas precedente precedentes historico historica historicos "
    "historicas",
    "French": "avant precedent precedente precedents precedentes precedemment anterieur anterieure "
    "anterieurs anterieures passe passee passes passees historique historiques annee_derniere "
    "an_dernier mois_derniers annees_dernieres",
}
#: The last of these are mostly before a trial; the last call is not.
LAST: Words = {
    "English": "last",
    "Italian": "ultimo ultimi",
    "German": "letztes letzte letzten",
    "Spanish": "ultimo ultimos",
    "French": "dernier derniere derniers dernieres",
}
YEARS: Words = {
    "English": "year years months",
    "Italian": "anno anni mesi",
    "German": "jahr jahre jahren monate monaten",
    "Spanish": "ano anos meses",
    "French": "annee ans annees mois",
}
#: Of which "prima" says that it is the first, besides a call.
FIRST_PARTS: Words = {
    "Italian": "settimana quindicina giornata fase meta parte ora volta",
}
#: What is made where it is "passé", and not past.
PLACED: Words = {"French": "appel appels tentative tentatives"}
PAST: Words = {"French": "passe passee passes passees"}
#: Calls already made: before the trial, where a list of contacts tells of them (`HAD`).
ALREADY: Words = {
    "English": "already",
    "Italian": "gia",
    "German": "bereits schon",
    "Spanish": "ya",
    "French": "deja",
}
#: What was done with calls. Without *called*, *reached* or *answered*, which tell of the contact: a
#: contact already called may have been so in the trial.
HAD: Words = {
    "English": "made done received had placed",
    "Italian": "fatto fatta fatti fatte ricevuto ricevuta ricevuti ricevute avuto avuta avuti "
    "avute effettuato effettuata effettuati effettuate svolto svolta svolti svolte",
    "German": "gemacht gemachte gemachten getatigt getatigte getatigten gefuhrt gefuhrte gefuhrten "
    "erhalten erhaltene erhaltenen erfolgt erfolgte erfolgten",
    "Spanish": "hecho hecha hechos hechas recibido recibida recibidos recibidas tenido tenida "
    "tenidos tenidas realizado realizada realizados realizadas efectuado efectuada efectuados "
    "efectuadas",
    "French": "fait faite faits faites recu recue recus recues eu eue eus eues passe passee passes "
    "passees effectue effectuee effectues effectuees emis",
}
#: What says that they were made in the trial all the same.
DURING: Words = {
    "English": "during trial test experiment study pilot",
    "Italian": "durante prova test sperimentazione esperimento studio pilota",
    "German": "wahrend test studie experiment pilot",
    "Spanish": "durante prueba ensayo experimento estudio piloto",
    "French": "pendant durant essai test etude pilote",
}
