"""Where connectors are found by the code of their provider."""

CONNECTORS = {}


def register(connector):
    CONNECTORS[connector.code] = connector
    return connector


def get(code):
    """Return the connector's class.

    :raise KeyError: no provider has this code
    """
    return CONNECTORS[code]


def selection():
    """Providers for a selection field: ``[(code, name)]``."""
    return [(connector.code, connector.name) for connector in CONNECTORS.values()]
