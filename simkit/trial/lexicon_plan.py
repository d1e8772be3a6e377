"""Words of what is planned for a contact, not counted of it, and of its rhythm, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

#: What is decided of calls before they are made.
PLANNED: Words = {
    "English": "plan planned intended threshold policy policies max maximum maximal min minimum "
    "cap caps capped limit limits target targets quota allowed permitted scheduled schedule rule "
    "rules strategy interval intervals frequency cadence rhythm spacing gap gaps between wait "
    "waiting apart script",
    "Italian": "piano previsto prevista previsti previste pianificato pianificata pianificati "
    "pianificate programmato programmata programmati programmate politica strategia massimo "
    "massima massimi massime minimo minima minimi minime limite limiti tetto soglia obiettivo "
    "consentito consentita consentiti consentite ammesso ammessa ammessi ammesse regola regole "
    "intervallo intervalli frequenza frequenze cadenza ritmo tra fra attesa distanza",
    "German": "geplant geplante geplanten vorgesehen vorgesehene vorgesehenen soll maximal "
    "maximale maximum hochstens minimal minimum schwelle grenze limit ziel erlaubt erlaubte regel "
    "regeln strategie intervall intervalle abstand frequenz haufigkeit takt rhythmus zwischen",
    "Spanish": "plan previsto prevista previstos previstas planificado planificada "
    "planificados planificadas programado programada programados programadas politica "
    "estrategia maximo maxima maximos maximas minimo minima minimos minimas limite umbral objetivo "
    "permitidos permitidas regla reglas intervalo intervalos frecuencia cadencia ritmo entre "
    "espera",
    "French": "plan prevu prevue prevus prevues planifie planifiee planifies planifiees "
    "programme programmes politique strategie maximum maximal max minimum limite plafond seuil "
    "objectif autorises regle regles intervalle intervalles frequence cadence rythme entre "
    "attente",
}
#: Of what is planned, the time from call to call.
INTERVALS: Words = {
    "English": "interval intervals gap gaps spacing cadence",
    "Italian": "intervallo intervalli cadenza distanza",
    "German": "intervall intervalle abstand abstande",
    "Spanish": "intervalo intervalos cadencia distancia",
    "French": "intervalle intervalles cadence ecart ecarts",
}
#: What says that it is the time that came of the calls; by language, since a Spanish *actual* is
#: what is in use.
DELIVERED: Words = {
    "English": "delivered actual actually observed measured realised realized mean avg average "
    "median",
    "Italian": "effettivo effettiva effettivi osservato osservati misurato reale reali ottenuto "
    "medio media mediano mediana",
    "German": "tatsachlich tatsachlicher tatsachliche beobachtet beobachteter gemessen "
    "gemessener mittlerer durchschnittlicher medianer",
    "Spanish": "efectivo efectivos observado observados medido real reales medio mediano",
    "French": "effectif effectifs observe observes mesure reel reels moyen median",
}
#: The arm itself, and who was given it.
ARM: Words = {
    "English": "arm arms assigned assignment allocated allocation randomised randomized "
    "treatment variant",
    "Italian": "braccio bracci assegnato assegnata assegnati assegnate assegnazione "
    "trattamento variante",
    "German": "arm arme zugeteilt zugewiesen zuteilung behandlung variante",
    "Spanish": "brazo brazos asignado asignada asignados asignadas tratamiento variante",
    "French": "bras assigne assignee assignes traitement variante",
}
#: Days, weeks, months: what a rhythm is told in.
PERIODS: Words = {
    "English": "day days week weeks month months hour hours wd workday workdays",
    "Italian": "giorno giorni gg settimana settimane mese mesi ora ore",
    "German": "tag tage tagen woche wochen monat monate stunde stunden",
    "Spanish": "dia dias semana semanas mes meses hora horas",
    "French": "jour jours semaine semaines mois heure heures",
}
#: The same as how often something is done.
OFTEN: Words = {
    "English": "daily weekly biweekly fortnightly monthly hourly",
    "Italian": "giornaliero giornaliera giornalieri giornaliere quotidiano quotidiana settimanale "
    "settimanali quindicinale quindicinali mensile mensili",
    "German": "taglich tagliche wochentlich wochentliche monatlich monatliche",
    "Spanish": "diario diaria diarios diarias semanal semanales quincenal mensual mensuales",
    "French": "quotidien quotidienne quotidiens hebdomadaire hebdomadaires mensuel mensuelle "
    "mensuels",
}
#: What stands before the period in which something is done once, or so many times.
EVERY: Words = {
    "English": "per each every a",
    "Italian": "per ogni al alla a",
    "German": "pro je alle jede jeden jeder",
    "Spanish": "por cada al a",
    "French": "par chaque tous toutes",
}
#: What stands before one of several periods, in which calls were counted.
FIRST: Words = {
    "English": "first last",
    "Italian": "prima primo primi prime ultima ultimo ultimi ultime",
    "German": "erste ersten erster letzte letzten",
    "Spanish": "primer primera primeros ultimo ultima ultimos",
    "French": "premier premiere premiers dernier derniere derniers",
}
#: What says that it was done, besides the words of `HAD`.
WAS_MADE: Words = {
    "English": "actual actually realised realized total so_far",
    "Italian": "effettivo effettiva effettivi effettive reali totale totali",
    "German": "tatsachlich tatsachliche gesamt",
    "Spanish": "real reales total totales",
    "French": "reel reels total",
}
#: Meetings with a contact, or persons, where numbers or what was done tell which.
MEETINGS: Words = {
    "English": "contacts",
    "Italian": "contatti",
    "German": "kontakte",
    "Spanish": "contactos",
    "French": "contacts",
}
#: Parts into which counts are put.
CLASSES: Words = {
    "English": "group class bin bucket band category cat level range phone outbound real",
    "Italian": "gruppo classe fascia categoria livello telefono uscita",
    "German": "gruppe klasse stufe kategorie telefon",
    "Spanish": "grupo clase franja categoria nivel telefono",
    "French": "groupe classe tranche categorie niveau telephone",
}
#: Those of them that contacts may be put into before any call.
GROUPS: Words = {
    "English": "group",
    "Italian": "gruppo",
    "German": "gruppe",
    "Spanish": "grupo",
    "French": "groupe",
}
#: An open end of a count, behind its number: ``3 or more``.
OR_MORE: Words = {
    "English": r"or\s+more and\s+more or\s+over and\s+over and\s+up plus",
    "Italian": r"o\s+piu e\s+piu e\s+oltre o\s+oltre e\s+piu",
    "German": r"oder\s+mehr und\s+mehr",
    "Spanish": r"o\s+mas y\s+mas",
    "French": r"ou\s+plus et\s+plus",
}
#: The same, before it: ``over 3``.
MORE_THAN: Words = {
    "English": r"over more\s+than at\s+least",
    "Italian": r"oltre piu\s+di almeno",
    "German": r"uber mehr\s+als mindestens",
    "Spanish": r"mas\s+de al\s+menos",
    "French": r"plus\s+de au\s+moins",
}
#: What stands behind a number that says how often.
SO_OFTEN: Words = {
    "English": "time times x",
    "Italian": "volta volte",
    "German": "mal",
    "Spanish": "vez veces",
    "French": "fois",
}
#: How many, where it is written together with what is counted: ``ncalls``, ``Anrufzahl``.
HOW_MANY: Words = {
    "English": "n num nr number count total",
    "Italian": "n num nr numero tot totale",
    "German": "n nr anzahl zahl",
    "Spanish": "n num numero total",
    "French": "n nb nombre total",
}
#: What an arm may be called, and a sentence would read as no arm at all: ``Keep none``.
NO_ARM: Words = {
    "English": "none no not nothing null nobody neither",
    "Italian": "nessuno nessuna nessun niente nulla",
    "German": "keine keiner keines kein nichts nein",
    "Spanish": "ninguno ninguna ningun nada",
    "French": "aucun aucune rien non",
}
