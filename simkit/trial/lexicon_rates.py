"""Words for rates and means, and for what is counted and never broken, by language."""

from __future__ import annotations

from simkit.trial.lexicon import Words

#: A share of several: ``pct_vendite``; of long words how they begin or end.
RATES: Words = {
    "English": "pct perc percent percents percentage percentages ratio ratios proportion rates",
    "Italian": "tasso tassi percentuale percentuali",
    "German": r"prozent\w* anteil anteile \w+quote \w+srate",
    "Spanish": "tasa tasas porcentaje porcentajes",
    "French": "taux pourcentage pourcentages",
}
#: The same where values are no counts: instalments (rate), goods returned (resa), shares bought.
RATES_OR_COUNTS: Words = {
    "English": "rate conversion redemption yield share conv cvr cr",
    "Italian": "conversione resa rendimento",
    "German": "konversion",
    "Spanish": "conversion rendimiento",
    "French": "conversion rendement",
}
#: What a contact has between 0 and 1 though nothing was divided for it.
SCORES: Words = {
    "English": "score scores index points expected prob probability satisfaction nps",
    "Italian": "punteggio punteggi indice punti atteso attesa attesi attese probabilita prob "
    "soddisfazione",
    "German": "punkte erwartet erwartete wahrscheinlichkeit zufriedenheit",
    "Spanish": "puntuacion puntos esperado esperada probabilidad satisfaccion",
    "French": "attendu attendue probabilite satisfaction",
}
#: What one contact has a whole number of.
CONVERSIONS: Words = {
    "English": "conversions",
    "Italian": "conversioni",
    "German": "konversionen",
    "Spanish": "conversiones",
}
#: The same, in words that are said of money too.
SALES: Words = {
    "English": "sale sales sold order orders purchase purchases bought contract contracts",
    "Italian": "vendita vendite venduto venduti ordine ordini acquisto acquisti contratto "
    "contratti",
    "German": "verkauf verkaufe verkauft bestellung bestellungen gekauft vertrag vertrage",
    "Spanish": "venta ventas vendido pedido pedidos compra compras contrato contratos",
    "French": "vente ventes vendu commande commandes achat achats contrat contrats",
}
#: One number for several.
MEANS: Words = {
    "English": "mean means avg average averages",
    "Italian": "media medie medio medi",
    "German": "mittel mittelwert durchschnitt schnitt",
    "Spanish": "media promedio",
    "French": "moyenne moyen",
}
#: What stands behind Italian instalments: ``rate_pagate``.
OF_INSTALMENTS: Words = {
    "Italian": "pagate versate saldate incassate emesse scadute insolute arretrate mancanti "
    "residue mensili totali",
}
