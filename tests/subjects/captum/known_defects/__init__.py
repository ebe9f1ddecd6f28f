"""What released versions of Captum get wrong."""

from tests.subjects.captum.known_defects.axioms import AXIOMS
from tests.subjects.captum.known_defects.conventions import CONVENTIONS
from tests.subjects.captum.known_defects.errors import REFUSAL
from tests.subjects.captum.known_defects.layer_calls import LAYER_CALLS
from tests.subjects.captum.known_defects.layers import LAYERS
from tests.subjects.captum.known_defects.purity import PURITY
from tests.subjects.captum.known_defects.rule import RULE
from tests.subjects.captum.known_defects.whole_calls import WHOLE_CALLS

KNOWN_DEFECTS = (*RULE, *LAYERS, *AXIOMS, *PURITY, *REFUSAL, *CONVENTIONS, *WHOLE_CALLS, *LAYER_CALLS)
