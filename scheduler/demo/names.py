"""Made-up patients: nobody is called like this, and no address leads anywhere."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PatientSheet:
    """Who a made-up patient is, and how to reach them."""

    given_name: str
    family_name: str
    birth_on: date
    language: str = "en"
    takes_mail: bool = True
    safe_contact_note: str = ""


_NAMES = """
Winnie|Wobblethorpe
Barnaby|Sampleton
Zoë|Żółwik-Przykład
Åsa|Överskott Testberg
José|Nadie de los Ejemplos y Pruebas|es
Ottoline|Umbrellastand
Ng|O
Bartholomew Maximilian|Featherstonehaugh-Sampleworthy
Perpetua|Placeholder
Ichabod|Quillfeather
Núria|Fictícia i Inventada|es
Marigold|Notarealname
Søren|Eksempelsen
Clementine|Paperclip
Wolfgang|Mustermann-Beispiel
Dorothea|Teacozy
Rafaela|Muestra Corriente|es
Cornelius|Doorknob
Đorđe|Primerović
Philippa|Lanternjaw
Example|Exampleson
Hyacinth|Marmaladovich
Ezekiel|Pumpernickel
Anaïs|Toutlemonde-Personne
Gulliver|Raincoat
Imaginada|de la Nada|es
Thaddeus|Bumblewick
Ingibjörg|Prófunardóttir
Octavia|Spoonbender
Lorem|Ipsumaker
Fenella|Buttercrumb
Ümit|Örnekoğlu
Percival|Snorkelby
Beatrix|Tumbleweed-Demo
Jörg|Irgendwer
Millicent|Hatstand
Aoife|Níl-Ann
Horatio|Biscuitbarrel
Věra|Zkušební
Rosamund|Pretendleigh
"""

SAFE_CONTACT_NOTES = {
    3: "Call only on weekday mornings.",
    9: "Never leave voicemail.",
    21: "Ask for her by first name only.",
}
WITHOUT_MAIL = frozenset({10, 27})


def _sheet(number: int, line: str) -> PatientSheet:
    given, family, *rest = line.split("|")
    return PatientSheet(
        given_name=given,
        family_name=family,
        # Spread over the decades without a pattern that the eye finds at once.
        birth_on=date(
            1952 + number * 17 % 51, 1 + number * 7 % 12, 1 + number * 11 % 28
        ),
        language=rest[0] if rest else "en",
        takes_mail=number not in WITHOUT_MAIL,
        safe_contact_note=SAFE_CONTACT_NOTES.get(number, ""),
    )


PATIENTS = tuple(
    _sheet(number, line) for number, line in enumerate(_NAMES.strip().splitlines())
)
