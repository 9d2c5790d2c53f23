"""Why evaluation refuses an order, and what to do instead: in Spanish, Portuguese and English."""

from __future__ import annotations

from shared.errors import Texts


def _texts(es: str, pt: str, en: str) -> Texts:
    return {"es": es, "pt": pt, "en": en}


ABSENT = _texts(
    "No hay ninguna propuesta con este identificador por evaluar.",
    "Não há proposta com este identificador para avaliar.",
    "There is no such proposal to review.",
)
WITHDRAWN = _texts(
    "La oficina retiró la propuesta.", "O escritório retirou a proposta.", "The office has withdrawn the proposal."
)
DECIDED = _texts("Ya se decidió sobre la propuesta.", "Já se decidiu sobre a proposta.", "It has been decided already.")
NOTHING_TO_DO = _texts("No queda nada por decidir.", "Não resta nada a decidir.", "Nothing is left to decide.")
OUTDATED = _texts(
    "La revisión vigente es otra.", "A revisão vigente é outra.", "The current revision is another than the one named."
)
RELOAD = _texts(
    "Cargue la evaluación y decida sobre la revisión vigente.",
    "Carregue a avaliação e decida sobre a revisão vigente.",
    "Load the review, and decide on its current revision.",
)
RETURNED = _texts(
    "La propuesta fue devuelta a la oficina.",
    "A proposta foi devolvida ao escritório.",
    "The proposal was returned to the office for changes.",
)
AWAIT_REVISION = _texts(
    "Espere la próxima revisión.", "Aguarde a próxima revisão.", "Wait for the office's next revision."
)
UNLOCKED = _texts(
    "La oficina aún puede cambiar esta revisión: no está bloqueada.",
    "O escritório ainda pode alterar esta revisão: não está bloqueada.",
    "This revision is not locked: the office may still change it.",
)
OPEN_FIRST = _texts(
    "Abra primero la evaluación de esta revisión.",
    "Abra primeiro a avaliação desta revisão.",
    "Open the review of this revision first.",
)
LOCKING = _texts(
    "Se pidió el bloqueo de la revisión y aún no hay respuesta.",
    "O bloqueio da revisão foi pedido e ainda não há resposta.",
    "The lock of this revision was asked for, and the answer is not here yet.",
)
AWAIT_LOCK = _texts("Repita en un momento.", "Repita em um momento.", "Try again in a moment.")
NO_REASONS = _texts(
    "Un rechazo o una devolución lleva al menos un motivo.",
    "Uma rejeição ou devolução leva ao menos um motivo.",
    "A rejection or a return needs at least one reason.",
)
GIVE_REASONS = _texts(
    "Escriba el motivo para la oficina.", "Escreva o motivo para o escritório.", "Write the reason for the office."
)
FUTURE = _texts(
    "La fecha de aprobación está en el futuro.", "A data de aprovação está no futuro.", "The approval is in the future."
)
TOO_EARLY = _texts(
    "La fecha de aprobación es anterior a 1900.",
    "A data de aprovação é anterior a 1900.",
    "The approval is dated before 1900.",
)
BEFORE_SUBMISSION = _texts(
    "La fecha de aprobación es anterior a la presentación de esta revisión, el {day} (UTC).",
    "A data de aprovação é anterior à apresentação desta revisão, em {day} (UTC).",
    "The approval is dated before this revision was submitted, on {day} (UTC).",
)
PAST_DAY = _texts(
    "Dé el día en que se decidió, en UTC.", "Dê o dia em que se decidiu, em UTC.", "Give the day of the decision, UTC."
)
REGISTERED = _texts(
    "Este proyecto (país, fecha, título y agencia) ya está registrado como {project}.",
    "Este projeto (país, data, título e agência) já está registrado como {project}.",
    "This project (country, day, title and agency) is registered already, as {project}.",
)
USE_REGISTERED = _texts(
    "Use ese proyecto; lo que esté mal se corrige en él.",
    "Use esse projeto; o que estiver errado se corrige nele.",
    "Use that project; what is wrong about it is corrected there.",
)
CHANGED = _texts(
    "La política {version} ya se publicó con otro texto.",
    "A política {version} já foi publicada com outro texto.",
    "The policy {version} was published before with another text.",
)
ADD_A_FILE = _texts(
    "Restituya su archivo y agregue otro con una versión nueva.",
    "Restitua o arquivo e acrescente outro com uma versão nova.",
    "Put its file back, and add another one with a new version.",
)
MISSING = _texts(
    "Falta el archivo de una política publicada: {version}.",
    "Falta o arquivo de uma política publicada: {version}.",
    "The file of a published policy is gone: {version}.",
)
PUT_BACK = _texts(
    "Restituya el archivo: lo que se evaluó con ella debe poder explicarse.",
    "Restitua o arquivo: o que se avaliou com ela deve poder ser explicado.",
    "Put it back: what was assessed under it must stay explainable.",
)
