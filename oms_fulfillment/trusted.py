"""Context flags that only the addons' own code can set.

Whoever calls over RPC chooses the context too, so a flag that opens a guard must be something that
JSON can't carry.
"""

TRUSTED = object()


def is_trusted(env, flag):
    """Whether code of the addons set ``flag`` in the context, as ``flag=TRUSTED``."""
    return env.context.get(flag) is TRUSTED
