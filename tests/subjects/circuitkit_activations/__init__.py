"""EAP-IG of circuitkit, on the paths of activations."""
