"""What operators are told when a request about something parked makes no sense."""

MALFORMED = {
    "es": "este mensaje no es un evento de Trama: no hay nada que reintentar",
    "pt": "esta mensagem não é um evento do Trama: não há o que tentar de novo",
    "en": "this message is no event of Trama: there is nothing to try again",
}
SKIP_IT = {
    "es": "omítalo, con un motivo",
    "pt": "pule-a, com um motivo",
    "en": "skip it, with a reason",
}
NO_REASON = {
    "es": "omitir un evento necesita un motivo",
    "pt": "pular um evento precisa de um motivo",
    "en": "skipping an event needs a reason",
}
SAY_WHY = {
    "es": "diga por qué se puede prescindir de él",
    "pt": "diga por que se pode prescindir dele",
    "en": "say why it can be done without",
}
WAITING = {
    "es": "este evento no falló: espera detrás de otro de su serie",
    "pt": "este evento não falhou: espera atrás de outro da sua série",
    "en": "this event has not failed: it waits behind another one of its stream",
}
FIRST = {
    "es": "reintente u omita el que falló primero",
    "pt": "tente de novo ou pule o que falhou primeiro",
    "en": "retry or skip the one that failed first",
}
REQUESTED = {
    "es": "ya se pidió algo sobre este evento, y aún no se hizo",
    "pt": "já se pediu algo sobre este evento, e ainda não foi feito",
    "en": "something was asked for this event already, and is not done yet",
}
AWAIT = {
    "es": "espere a que se haga; después mire cómo quedó",
    "pt": "aguarde até que seja feito; depois veja como ficou",
    "en": "wait until it is done, then look what became of it",
}
