"""Words of harm, cost and gain in what columns are called, and those beside them, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

#: What contacts do against being called, or lose by it. What may be said of good things too is in
#: no table (lost, returned, failed, blocked, revoked), so that whoever means it is asked. Of what
#: begins alike the longest text is read first.
HARMS: Words = {
    "English": r"opt_?outs?(?:_requests?)? opted_out dnc(?:_requests?)? "
    r"do_not_(?:call|contact)(?:_(?:list|requests?))? unsubs? unsubscriptions? "
    r"unsubscrib(?:e|es|ed|ers?) "
    r"unsubscribed_from_(?:e_?mails?|newsletters?) leavers? removal_requests? "
    r"complain(?:s|ed|t|ts|ers?|ants?)? cancel(?:s|l?ed)? cancell?ations?(?:_requests?)?",
    "Italian": r"reclam[oi] reclamat[oaie] lamentel[ae] disdett[oaie] "
    r"disiscri(?:tt[oaie]|zion[ei]) recess[oi] cancellat[oaie] cancellazion[ei] "
    r"richiest[ae]_(?:di_)?(?:cancellazione|disdetta|recesso)",
    "German": r"beschwerden? beschwerdequote abmeldung(?:en)? abmeldequote abgemeldet "
    r"k(?:u|ue)ndigung(?:en|squote)? gek(?:u|ue)ndigt",
    "Spanish": "quejas? cancelacion(?:es)?",
    "French": "plaintes? desabonne(?:s|e|es|ments?)? resiliations?",
}
#: What else is lost, refused or not paid.
LOSSES: Words = {
    "English": r"churn(?:s|ed|ers?)? refused refusals? (?:on_)?black_?list(?:ed)? harms? harmed "
    r"abandon(?:ed(?:_calls?)?|ments?) unpaid arrears "
    r"lost_(?:contacts?|customers?|clients?|members?) (?:contacts|customers|clients|members)_lost",
    "Italian": r"rifiut[oi] abbandon[oi] chiamate_abbandonate annullat[oi] "
    r"(?:client[ei]|contatt[oi]|iscritti|abbonati)_pers[oi] (?:rat[ae]_|fattur[ae]_)?insolut[oaie] "
    r"insolven(?:za|ze|te|ti) moros[oaie] morosita cessazion[ei] lista_nera",
    "German": "ablehnung(?:en)? schwarze_liste",
    "Spanish": "rechazos? impag(?:o|os|ado|ados) lista_negra",
    "French": "refus impayes? liste_noire",
}
COSTS: Words = {
    "English": "costs? (?:complaint|opt_?out|cancell?ation|churn|refusal)_costs?",
    "Italian": r"cost[oi] cost[oi]_(?:di_|dei_|delle_)?(?:disdett[ae]|recess[oi]|reclam[oi])",
    "German": "(?:agenten|anruf|gesamt|personal|telefon)?kosten",
    "Spanish": "cost(?:e|es|o|os)",
    "French": "couts?",
}
#: What is won.
GAINS: Words = {
    "English": r"sales? sold buys? bought purchase[sd]? orders? ordered conversions? converted "
    r"sign_?ups? signed contracts? subscriptions? renewals? renewed bookings? booked attended "
    r"appointments? donations? donated revenues? profits? margins? values?",
    "Italian": r"vendit[ae] vendut[oi] acquist[oi] acquistat[oi] ordin[ei] conversion[ei] "
    r"convertit[oi] contratt[oi] adesion[ei] attivazion[ei] abbonament[oi] "
    r"rinnov[oi] rinnovat[oi] appuntament[oi] donazion[ei] ricav[oi] incass[oi] fatturato "
    r"guadagn[oi] margin[ei] valore",
    "German": "verkaufe? verkauft gekauft bestellung(?:en)? bestellt vertrag vertrage abschlusse? "
    "umsatze?",
    "Spanish": r"ventas? vendid[oa]s? compras? comprad[oa]s? pedidos? contratos? ingresos",
    "French": "ventes? vendus? achats? achetes? commandes? contrats?",
}
#: What stands between two of a kind of which either counts.
OR: Words = {
    "English": "or and",
    "Italian": "o e od ed",
    "German": "oder und",
    "Spanish": "o u y",
    "French": "ou et",
}
#: What may stand beside them and turns nothing round: numbers of, shares of, by which channel.
#: Neither how long it took (``days_to_churn``) nor how it ended (``complaint_status``).
NEUTRAL: Words = {
    "English": "n num number no_of nr count counts total totals tot sum mean avg average rate "
    "rates pct perc percent percentage share proportion of the is was were has have had any all "
    "ever new net gross flag ind indicator dummy bool yn event events with who via "
    "received filed mail email emails e_mail sms phone whatsapp web app online newsletter "
    "daily weekly monthly quarterly yearly annual eur euro euros usd gbp cents",
    "Italian": "numero nr di dei degli del della delle lo totale totali somma media medio tasso "
    "tassi percentuale percentuali quota ha hanno nuovo nuova nuovi nuove netto netta netti nette "
    "lordo per_cento per_mille ricevuti ricevute presentati presentate evento "
    "eventi con che telefono mensili settimanali giornalieri annui",
    "German": "anzahl zahl von rate quote anteil prozent summe mittel gesamt hat wurde wurden neue "
    "neuer neuen netto brutto mit telefon",
    "Spanish": "numero de del total suma media promedio tasa porcentaje ha fue nuevo nuevos nueva "
    "nuevas neto netos con telefono",
    "French": "nombre d de des du total somme moyenne taux pourcentage part a_ete net nets nouveau "
    "nouveaux nouvelles avec telephone",
}
#: What calls take, which costs.
WORK: Words = {
    "English": "agents operators staff labour labor dialling dialing telephone talk time hour "
    "hours letter letters postage",
    "Italian": "agenti operatori personale tempo ora ore lettere spedizione",
    "German": "agenten mitarbeiter personal zeit stunden briefe",
    "Spanish": "agentes operadores personal tiempo horas cartas",
    "French": "agents operateurs personnel temps heures lettres",
}
#: What stands before whom, or what, or how long, something is divided by.
PER: Words = {
    "English": "per each every by on among a",
    "Italian": "per ogni su sui sulle tra fra al alla a",
    "German": "pro je",
    "Spanish": "por cada",
    "French": "par chaque",
}
#: What says of a number of days that it is within these, and of which.
IN_TIME: Words = {
    "English": "within in by at over during",
    "Italian": "entro in nei negli su a al",
    "German": "binnen in innerhalb von am",
    "Spanish": "en a",
    "French": "en sous a",
}
WHICH: Words = {
    "English": "the first last past",
    "Italian": "i primi prime ultimi ultime",
    "German": "ersten letzten",
    "Spanish": "primeros ultimos",
    "French": "premiers derniers",
}
#: Units of time, besides the words of TIMES.
UNITS: Words = {
    "English": "d day h hour w wk week m mo mth month q quarter y yr year years",
    "Italian": "g gg giorno settimana mese trimestre anno anni",
    "German": "t tag tagen woche monat monaten jahr jahre jahren",
    "Spanish": "dia semana mes ano anos",
    "French": "j jour semaine an ans annee",
}
