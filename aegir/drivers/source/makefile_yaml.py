"""Makefiles in YAML. Read as written: no value is taken for a number, so 3.10 stays 3.10."""

from __future__ import annotations

import yaml

from aegir.drivers.source.makefile import Origin, Place, Remark, Scalar, Table, wrong

MOST = 50_000
"""Values that a makefile may hold; one that repeats itself may stand for very many."""
DEEPEST = 12
_TRUTHS = {"true": True, "false": False}


def read(text: str, origin: Origin) -> tuple[Table, list[Remark]]:
    """The values, and what is to be said about them. Raises WrongMakefile for what is no YAML, or no map."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise wrong(Place(origin, _line(error)), f"this is no YAML: {_reason(error)}.") from None
    except RecursionError:
        raise wrong(Place(origin, 1), "the values lie too deep in each other.") from None
    reading = _Reading(origin, loader)
    if node is None:
        return Table(Place(origin, 1)), []
    table = reading.value(node, 0)
    if not isinstance(table, Table) or not isinstance(node, yaml.MappingNode):
        raise wrong(table.place, "a makefile says «name: value», as in «core: 7.x».")
    return table, reading.warnings


class _Loader(yaml.SafeLoader):
    """Gives up early on what takes the library very long."""

    def fetch_flow_collection_start(self, kind: type[yaml.Token]) -> None:
        if self.flow_level > DEEPEST:
            raise yaml.scanner.ScannerError(
                None, None, "brackets lie too deep in each other", self.get_mark()
            )
        super().fetch_flow_collection_start(kind)


class _Reading:
    def __init__(self, origin: Origin, loader: yaml.SafeLoader) -> None:
        self._origin = origin
        self._loader = loader
        self._count = 0
        self.warnings: list[Remark] = []

    def value(self, node: yaml.Node, depth: int) -> Scalar | Table:
        place = Place(self._origin, node.start_mark.line + 1)
        self._count += 1
        if depth > DEEPEST or self._count > MOST:
            raise wrong(place, "the values lie too deep in each other, or are too many.")
        if isinstance(node, yaml.MappingNode):
            return self._map(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            inner = [self.value(each, depth + 1) for each in node.value]
            return Table(place, {str(number): each for number, each in enumerate(inner)})
        return Scalar(self._plain(node), place)

    def _map(self, node: yaml.MappingNode, place: Place, depth: int) -> Table:
        node.value = self._once(node)
        try:
            self._loader.flatten_mapping(node)
        except yaml.YAMLError as error:
            raise wrong(Place(self._origin, _line(error)), f"{_reason(error)}.") from None
        except RecursionError:
            raise wrong(place, "the values lie too deep in each other.") from None
        table = Table(place)
        for name, inner in node.value:
            value = self.value(inner, depth + 1)
            if isinstance(value, Table):
                value.place = Place(self._origin, name.start_mark.line + 1)
            table.entries[str(name.value)] = value  # what is merged in comes first, and counts less
        return table

    def _once(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """The names and values, each name once: the first counts, as it did in Drush."""
        seen: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for name, inner in node.value:
            where = Place(self._origin, name.start_mark.line + 1)
            if not isinstance(name, yaml.ScalarNode):
                raise wrong(where, "a name must be a word.")
            first = seen.setdefault(name.value, (name, inner))
            if first[0] is not name and name.tag != "tag:yaml.org,2002:merge":
                sentence = (
                    f"«{name.value}» stands in line {first[0].start_mark.line + 1} already, which counts."
                )
                self.warnings.append(Remark(where, sentence))
        return [*seen.values()]

    def _plain(self, node: yaml.Node) -> str | bool | None:
        if node.tag == "tag:yaml.org,2002:null":
            return None
        text = str(node.value)
        if node.tag == "tag:yaml.org,2002:bool" and text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
        return text


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 1


def _reason(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return " ".join(str(said).split())
