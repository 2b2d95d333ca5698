"""The words that the embedded engine knows: the lists in terms/, and the endings that clinical words share."""

import re
from importlib.resources import files


def _ending_in(endings: str) -> re.Pattern[str]:
    return re.compile(rf"\w{{2,}}(?:{'|'.join(endings.split())})")


CONDITION_ENDING = _ending_in(
    """itis osis emia oma omas opathy algia plegia paresis megaly rrhea rrhage rrhagia uria pnea penia iasis
    ectasis phagia phasia dynia cele malacia trophy resthesia resthesias dystonia spasm dysplasia hypoplasia edema"""
)
PROCEDURE_ENDING = _ending_in(
    """ectomy ectomies otomy ostomy oscopy plasty pexy rrhaphy centesis angiography gram graphy desis tripsy"""
)
MEDICATION_ENDING = _ending_in(
    """cillin mycin micin prazole sartan statin olol pril zepam zolam oxacin conazole cycline triptan caine parin
    gliptin gliflozin glutide formin tinib ciclib zumab ximab dipine setron thiazide sone olone profen barbital vir"""
)
# They end like clinical words and are none.
NOT_CLINICAL = frozenset(
    """stoma aroma diploma academia diagnosis prognosis anastomosis osmosis mitosis program diagram kilogram milligram
    microgram telegram photography demography geography trophy anatomy reservoir""".split()  # noqa: SIM905 -- words are read more easily than quotation marks
)


def terms(name: str) -> list[str]:
    """The terms of a list, in lower case."""
    return files(__package__).joinpath("terms", f"{name}.txt").read_text().split("\n")[:-1]
