"""Words for harm and gain in what columns are called, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

#: What is done to contacts, under the names that it usually has.
HARMS: Words = {
    "English": "opt_out opt_outs optout optouts opted_out do_not_call do_not_contact dnc "
    "unsubscribe unsubscribed unsubs leavers removal_requests "
    "unsubscribes complaint complaints complained cancelled canceled cancellation cancellations",
    "Italian": "reclamo reclami disdetta disdette disiscritto disiscritti disiscrizione "
    "disiscrizioni recesso recessi cancellazione cancellazioni",
    "German": "beschwerde beschwerden abmeldung abmeldungen kundigung kundigungen",
    "Spanish": "queja quejas cancelacion cancelaciones",
    "French": "plainte plaintes desabonnement desabonnements resiliation resiliations",
}
#: Usual names of what costs or is lost, and of what is won.
LOWER: Words = {
    "English": "cost costs cost_eur churn churned refusal refusals blacklist blacklisted",
    "Italian": "costo costi costo_eur rifiuto rifiuti abbandono abbandoni annullati persi revocati "
    "disattivati insoluto insoluti",
    "German": "kosten ablehnungen",
    "Spanish": "coste costes costo costos impago impagos",
    "French": "cout couts impaye impayes",
}
HIGHER: Words = {
    "English": "sales sold bought buy buys purchase purchases purchased order orders conversion "
    "conversions converted signup signups revenue revenue_eur profit profit_eur margin "
    "margin_eur net_value value",
    "Italian": "vendita vendite venduto acquisto acquisti acquistato ordine ordini conversione "
    "conversioni ricavo ricavi fatturato margine margine_eur",
    "German": "verkauf verkaufe gekauft bestellung bestellungen umsatz",
    "Spanish": "venta ventas compra compras pedidos",
    "French": "vente ventes achat achats commandes",
}
#: Beginnings of words of harm, and of gain, in names that are not usual.
HARM_STEMS: Words = {
    "English": r"opt_?outs? opted_out do_not_(?:call|contact) dnc unsub\w* leavers? removal "
    r"rejected lost_(?:customers|contacts|clients|members) complain\w*(?<!free)(?<!less) "
    r"cancel\w* churn\w* costs? refus\w* block(?:s|ed)? returns? returned refund\w* storn\w* "
    r"abandon\w* harms? ko unpaid unsold arrears black_?list\w* fail(?:s|ed|ures?)?",
    "Italian": r"reclam\w* lamentel\w* disdett\w* disdic\w* disiscri\w* recess[oi] rifiut\w* "
    r"cost[oi] rimbors\w* res[oi] annullat\w* pers[aeio] revoc\w* disattivat\w* abbandon\w* "
    r"insolut\w* insolven\w* moros\w* cessat\w* cessazion\w* lista_nera",
    "German": r"beschwerde\w*(?<!frei) abmeld\w* (?:ge)?kundig\w*(?<!frei) kosten ablehn\w* "
    r"schwarze_liste",
    "Spanish": r"quejas? costes? rechaz\w* devolucion\w* impag\w* lista_negra",
    "French": r"plaintes? desabonn\w* resili\w* couts? impaye\w* liste_noire",
}
GAIN_STEMS: Words = {
    "English": r"stay(?:s|ed)? retain\w* retention kept renew\w* active loyal\w* satisf\w* nps "
    r"sales? sold bought buys? purchas\w* orders? conver\w* revenue profit value",
    "Italian": r"vendit\w* vendut\w* acquist\w* ordin[ei] ricav[oi] fatturato rinnov\w* "
    r"soddisf\w* fedel\w* valore",
    "German": r"verkauf\w* gekauft bestell\w* umsatz zufried\w* wert",
    "Spanish": r"ventas? compras? renov\w* ingresos",
    "French": r"ventes? achats? renouvel\w* recettes",
}
#: What turns a word of harm or gain into its opposite, before it or after it: ``no_complaints``,
#: ``complaint_free``, ``reclami_risolti``.
TURNS: Words = {
    "English": r"no not non never without free zero dont doesnt didnt isnt wasnt hasnt havent "
    r"(?:do|does|did|is|was|has|have)n_t avoid\w* prevent\w* resolv\w* solved saved withdrawn "
    r"recovered won_back still remain\w*",
    "Italian": r"non mai nessun[ao]? senza evitat\w* risolt\w* rientrat\w* recuperat\w* "
    r"ancora rimast\w*",
    "German": r"kein\w* nicht nie ohne frei",
    "Spanish": r"ningun[ao]? nunca sin evitad\w* resuelt\w*",
    "French": r"aucune? jamais pas sans evite\w* resolu\w*",
}
#: How long something took, besides the words of TIMES, and until or since what: more days until
#: harm are no harm (``days_to_churn``).
TIME: Words = {
    "English": "time",
    "Italian": "tempo",
    "German": "zeit",
    "Spanish": "tiempo",
    "French": "temps",
}
UNTIL: Words = {
    "English": "to until till before since",
    "Italian": "a al alla alle ai prima fino da dal dalla",
    "German": "bis vor seit",
    "Spanish": "a al hasta antes desde",
    "French": "a au jusqu avant depuis",
}
