"""EAP-IG of circuitkit, on the path of the inputs."""
