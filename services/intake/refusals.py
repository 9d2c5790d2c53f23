"""What intake says when it refuses an order, and what to do instead. Pure data."""

from __future__ import annotations

from shared.errors import Texts

ABSENT: Texts = {
    "es": "No existe esta propuesta.",
    "pt": "Esta proposta não existe.",
    "en": "There is no such proposal.",
}
ALREADY_SUBMITTED: Texts = {
    "es": "La propuesta ya fue presentada.",
    "pt": "A proposta já foi apresentada.",
    "en": "The proposal was submitted already.",
}
OUTDATED: Texts = {
    "es": "Otra revisión reemplazó la que usted vio.",
    "pt": "Outra revisão substituiu a que você viu.",
    "en": "Another revision has replaced the one you saw.",
}
OTHER_COUNTRY: Texts = {
    "es": "El país de una propuesta no puede cambiar.",
    "pt": "O país de uma proposta não pode mudar.",
    "en": "A proposal's country can't change.",
}
TOO_MANY: Texts = {
    "es": "Una propuesta tiene a lo sumo {most} revisiones.",
    "pt": "Uma proposta tem no máximo {most} revisões.",
    "en": "A proposal has at most {most} revisions.",
}
WITHDRAW_FIRST: Texts = {
    "es": "Retírela y presente una nueva propuesta.",
    "pt": "Retire-a e apresente uma nova proposta.",
    "en": "Withdraw it, and submit a new proposal.",
}
LOCKED: Texts = {
    "es": "La propuesta está en decisión y no puede cambiarse.",
    "pt": "A proposta está em decisão e não pode ser alterada.",
    "en": "The proposal is being decided on and can't be changed.",
}
WITHDRAWN: Texts = {
    "es": "La propuesta fue retirada.",
    "pt": "A proposta foi retirada.",
    "en": "The proposal was withdrawn.",
}
CLOSED: Texts = {
    "es": "Ya se decidió sobre la propuesta.",
    "pt": "Já se decidiu sobre a proposta.",
    "en": "The proposal has been decided on.",
}
REVISE: Texts = {
    "es": "Presente una revisión.",
    "pt": "Apresente uma revisão.",
    "en": "Submit a revision of it.",
}
RELOAD: Texts = {
    "es": "Cargue la revisión actual y repita el cambio.",
    "pt": "Carregue a revisão atual e repita a alteração.",
    "en": "Load the current revision and make the change again.",
}
SUBMIT_ANEW: Texts = {
    "es": "Presente una nueva propuesta.",
    "pt": "Apresente uma nova proposta.",
    "en": "Submit a new proposal.",
}
WAIT: Texts = {
    "es": "Espere la decisión, o pida que se la devuelvan.",
    "pt": "Aguarde a decisão, ou peça a devolução.",
    "en": "Wait for the decision, or ask for the proposal to be returned.",
}
GONE: Texts = {"es": "Ya no existe", "pt": "Não existe mais", "en": "Gone"}
ERASED: Texts = {
    "es": "Esta persona fue borrada y no se agregó a nadie: para agregar a otra, use una Idempotency-Key nueva.",
    "pt": "Esta pessoa foi apagada e ninguém foi adicionado: para adicionar outra, use uma Idempotency-Key nova.",
    "en": "This person was erased, and nobody was added: to add somebody else, use a new Idempotency-Key.",
}
