"""Whether a sentence denies one of its words, in Spanish, Portuguese and English; `denial.yaml` holds the words.

Spanish and English "no" denies, Portuguese "no" is "in the": where the language can't be told, so is the denial.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from shared.programme.words import read_texts

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.,;:!?()]|\n\s*\n")
_WORD = re.compile(r"[^\W_]+")
_ACCENTED = re.compile(r"[^\x00-\x7f]")
_ENDS = ".;:!?\n"
_REACH = 6  # words between a denial and what it denies: "no es un proyecto que busque la rentabilidad"
# how words are written in one of the languages alone: "coletivo" can't be told, "negócio" and "rentável" can
_PORTUGUESE = re.compile(r"[ãõçâêôà]|lh|ss|[áéíóú][^\Waeiou]+i[oa]s?$|[áíú](?:vel|veis)$|dade$|ag(?:em|ens)$")
_SPANISH = re.compile(r"ñ|[cs]i[óo]n(?:es)?$|dad$|mientos?$|anzas?$")
_ENGLISH = re.compile(r"ity$|tion$")


@cache
def _words(group: str) -> frozenset[str]:
    text = files("shared.programme").joinpath("denial.yaml").read_text("utf-8")
    return frozenset(read_texts(text)[group])


@cache
def _phrases() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in _words("phrases_nearby"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark, as written and plain."""

    written: str
    plain: str


def plain(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    return _ACCENTED.sub(_unaccented, unicodedata.normalize("NFD", text.casefold()))


def _unaccented(found: re.Match[str]) -> str:
    return "" if unicodedata.combining(found[0]) else found[0]


def read(text: str) -> list[Word]:
    """The words and marks of a text."""
    return [Word(token, plain(token)) for token in _TOKEN.findall(unicodedata.normalize("NFC", text))]


class Sentence:
    """The words of a sentence; `text` is the whole of which it is one."""

    def __init__(self, sentence: str, text: str) -> None:
        self._texts = (sentence, text)

    @cached_property
    def plain(self) -> str:
        """The sentence in plain letters."""
        return plain(self._texts[0])

    @cached_property
    def words(self) -> list[Word]:
        """Its words and marks."""
        return read(self._texts[0])

    def denies(self, at: int, length: int) -> bool | None:
        """Whether it denies the `length` words from `at` on; None if that depends on a language that can't be told."""
        found = [self._before(at), self._after(at + length)]
        return True if True in found else None if None in found else False

    def _denying(self, at: int) -> bool | None:
        """Whether this word denies what follows."""
        word = self.words[at].plain
        before = self.words[at - 1].plain if at else ""
        after = self.words[at + 1].plain if at + 1 < len(self.words) else ""
        if word not in _words("denies") and not word.endswith(("n't", "n’t")):
            return False
        if after in _words("not_before") or (word == "falta" and before in _words("needed")):
            return False
        if word == "no":
            language = next(filter(None, map(_language, self._texts)), None)
            return None if language is None else language != "portuguese"
        return True

    def _nearby(self, at: int) -> bool:
        """Whether a denial begins here that does not reach over a comma."""
        words = [word.plain for word in self.words[max(at - 1, 0) : at + 3]]
        here = words[1 if at else 0 :]
        if any(tuple(here[: len(phrase)]) == phrase for phrase in _phrases()):
            return True
        by_degrees = here[0] in _words("by_degrees") and ("a" in words or "by" in words)  # "poco a poco"
        return here[0] in _words("denies_nearby") and not by_degrees

    def _before(self, at: int) -> bool | None:
        between, comma = 0, False
        for i in range(at - 1, -1, -1):
            word = self.words[i].plain
            denies = True if not comma and self._nearby(i) else self._denying(i)
            if denies:
                return True
            if word[0] in _ENDS or word in _words("contrast"):
                break
            if denies is None:
                return None
            comma = comma or word == ","
            between += word[0].isalnum()
            if between > _REACH:
                break
        return False

    def _after(self, at: int) -> bool | None:
        """ "La rentabilidad del negocio no es el fin", "rentabilidad no.", "trust is not the aim", "it isn't"."""
        for i in range(at, min(at + _REACH, len(self.words))):
            word = self.words[i].plain
            if not word[0].isalnum() or word in _words("contrast") or word in _words("relative"):
                return False
            denies = self._denying(i)
            if denies is False:
                continue
            after = self.words[i + 1].written.casefold() if i + 1 < len(self.words) else "."
            contracted = word.endswith(("n't", "n’t")) or word == "cannot"
            closing = i == at and not after[0].isalnum()
            said = contracted or closing or after in _words("is") or self.words[i - 1].plain in _words("is_english")
            return denies if said else False
        return False


def _language(text: str) -> str | None:
    """The language that most of the telling words are of, None if there is no such."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.casefold()))
    counts = {
        language: _count(words, language, form)
        for language, form in (("spanish", _SPANISH), ("portuguese", _PORTUGUESE), ("english", _ENGLISH))
    }
    *_, (second, _), (most, language) = sorted((count, language) for language, count in counts.items())
    return language if most > second else None


def _count(words: Iterable[str], language: str, form: re.Pattern[str]) -> int:
    common = _words(language)
    return sum(word in common or form.search(word) is not None for word in words)
