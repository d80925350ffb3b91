"""What hangs on more than the path: parameters and wrapping, as Vault 1.21 judges them.

Rules of the file
- sys/capabilities knows nothing of this; only a request does.
- The names that a rule gives are lower-case already (vault_binance.policy.text); those of a request are as they came.

Source: reference Vault, 4.4; the contract tests for what it leaves open.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vault_binance.policy.access import Rule


def wrapping_allowed(rule: Rule, wrap_ttl: float) -> bool:
    if rule.max_wrap and not 0 < wrap_ttl <= rule.max_wrap:
        return False
    return not rule.min_wrap or wrap_ttl >= rule.min_wrap


def parameters_allowed(rule: Rule, parameters: Mapping[str, object]) -> bool:
    if not all(name.lower() in parameters for name in rule.required):
        return False
    if not parameters:
        return True
    given = [(name.lower(), value) for name, value in parameters.items()]
    if "*" in rule.denied or any(_is_denied(rule.denied, name, value) for name, value in given):
        return False
    return not rule.allowed or all(_is_allowed(rule.allowed, name, value) for name, value in given)


def _is_denied(denied: Mapping[str, tuple[object, ...]], name: str, value: object) -> bool:
    return name in denied and (not denied[name] or _listed(value, denied[name], any))


def _is_allowed(allowed: Mapping[str, tuple[object, ...]], name: str, value: object) -> bool:
    if name not in allowed:
        return "*" in allowed
    return not allowed[name] or _listed(value, allowed[name], all)


def _listed(value: object, values: tuple[object, ...], several: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether a value is listed, itself or element by element: text is also taken for a comma-separated list."""
    if any(_equal(value, listed) for listed in values):
        return True
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")] if value else []
    if not isinstance(value, list):
        return False
    return several(any(_equal(element, listed) for listed in values) for element in value)


def _equal(value: object, listed: object) -> bool:
    """Text may have one `*` at either end in the policy. A number is never equal: Vault compares unlike types there."""
    if isinstance(value, str) and isinstance(listed, str):
        return _glob(listed, value)
    if isinstance(value, list) and isinstance(listed, list | tuple):
        return len(value) == len(listed) and all(_same(a, b) for a, b in zip(value, listed, strict=True))
    if isinstance(value, dict) and isinstance(listed, dict):
        return value.keys() == listed.keys() and all(_same(value[key], listed[key]) for key in value)
    return isinstance(value, bool) and value is listed


def _same(value: object, listed: object) -> bool:
    return isinstance(value, str | bool) and type(value) is type(listed) and value == listed


def _glob(pattern: str, text: str) -> bool:
    if len(pattern) < 2:
        return pattern == text
    match pattern.startswith("*"), pattern.endswith("*"):
        case True, True:
            return pattern[1:-1] in text
        case True, False:
            return text.endswith(pattern[1:])
        case False, True:
            return text.startswith(pattern[:-1])
    return pattern == text


def values_united(
    first: Mapping[str, tuple[object, ...]], second: Mapping[str, tuple[object, ...]]
) -> Mapping[str, tuple[object, ...]]:
    """An empty list, which stands for every value, wins over any other."""
    both = {name: first[name] + second[name] if first[name] and second[name] else () for name in first.keys() & second}
    return {**first, **second, **both}


def lower(first: float, second: float) -> float:
    return min(first, second) if first and second else first or second
