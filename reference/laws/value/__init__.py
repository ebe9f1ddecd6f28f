"""Group *value*: the attribution is the rule's sum, element for element, at every layer."""
