"""Scenarios: a baseline, measures, and variants that build on one another."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML, YAMLError

from multipolar.energy import Levers as EnergyLevers
from multipolar.errors import InputError, ScenarioError, nearest, unknown
from multipolar.scenario._measures import KINDS, Measure
from multipolar.scenario._studies import Studies
from multipolar.settlement import Levers as SettlementLevers
from multipolar.war import Levers as WarLevers

# The satellite models, and what a variant may set in each.
SATELLITES: dict[str, type[BaseModel]] = {
    "energy": EnergyLevers,
    "settlement": SettlementLevers,
    "war": WarLevers,
}
SETTINGS = ("horizon", "closure", "use_groups", "trade_elasticity", "world")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """A document or data set that a magnitude rests on."""

    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    status: Literal["confirmed", "derived", "unconfirmed"] = "confirmed"

    @field_validator("date", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, dt.date | int) else value


class Variant(_Part):
    """A named set of measures: those of the variant it `extends`, less `remove`, plus `add`; and what it sets in
    the satellite models, on top of what that variant sets."""

    title: str
    extends: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    energy: EnergyLevers | None = Field(None, description="Levers of the gas and oil networks.")
    settlement: SettlementLevers | None = Field(None, description="Levers of currencies and banks.")
    war: WarLevers | None = Field(None, description="Levers of budgets, arms and aid.")
    note: str = ""

    @field_validator(*SATELLITES, mode="wrap")
    @classmethod
    def _explained(cls, value: Any, check: Any) -> Any:
        try:
            return check(value)
        except InputError as error:
            raise ValueError(str(error)) from None


class Comparison(_Part):
    """A question answered by welfare in variant `of` less welfare in `minus` (or `baseline`), for countries.
    `subject` opens the answer in words: "China's support" is worth, or costs, so much."""

    id: str
    question: str
    subject: str = ""
    of: str
    minus: str = "baseline"
    countries: tuple[str, ...] = Field(min_length=1)

    @field_validator("countries", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Target(_Part):
    """An observed change of trade that the magnitude of `measure` is to reproduce in `variant`: trade from
    `origins` to `destinations` in `sectors` (none means all), domestic sales left out, changes by the fraction
    `change` at the border, relative to world GDP."""

    measure: str
    variant: str
    origins: tuple[str, ...] = Field(min_length=1)
    destinations: tuple[str, ...] = Field(min_length=1)
    sectors: tuple[str, ...] = ()
    change: float = Field(gt=-1, allow_inf_nan=False)
    sources: tuple[str, ...] = ()
    note: str = ""

    @field_validator("origins", "destinations", "sectors", "sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class UpperElasticities(_Part):
    """Elasticities of substitution above the choice of origin, where they differ from the horizon's;
    1 is Cobb-Douglas."""

    value_added: float | None = Field(default=None, ge=0)
    materials: float | None = Field(default=None, ge=0)
    consumption: float | None = Field(default=None, ge=0)


class Scenario(_Part):
    """What is asked: the world it starts from, model choices, sources, measures, variants, comparisons."""

    name: str
    title: str
    summary: str = ""
    date: dt.date
    world: str
    trade_elasticity: str | None = None
    horizon: Literal["short", "medium", "long"] = "medium"
    closure: Literal["fixed-share", "balanced", "fixed-real"] = "fixed-share"
    use_groups: Literal["common", "final-intermediate", "by-use"] = "common"
    upper_elasticities: UpperElasticities = UpperElasticities()
    sources: dict[str, Source] = {}
    measures: dict[str, Measure]
    variants: dict[str, Variant]
    comparisons: tuple[Comparison, ...] = ()
    calibrate: tuple[Target, ...] = ()
    studies: Studies = Studies()

    @model_validator(mode="after")
    def _names_meet(self) -> Scenario:
        for name, measure in self.measures.items():
            for source in measure.sources:
                if source not in self.sources:
                    raise ValueError(f"measures.{name}.sources: {unknown('source', source, self.sources)}")
        if not self.variants:
            raise ValueError("variants: at least one is needed")
        for name in self.variants:
            if name == "baseline":
                raise ValueError("variants.baseline: this name is kept for the world as it is")
            self.variant_ids(name)
        for i, target in enumerate(self.calibrate):
            if target.variant not in self.variants:
                raise ValueError(
                    f"calibrate.{i}.variant: {unknown('variant', target.variant, self.variants)}"
                )
            ids = self.variant_ids(target.variant)
            if target.measure not in ids:
                raise ValueError(
                    f"calibrate.{i}.measure: {unknown('measure of the variant', target.measure, ids)}"
                )
            if self.variant_levers(target.variant):
                raise ValueError(
                    f"calibrate.{i}.variant: {target.variant!r} sets satellite models; targets are met in variants without"
                )
            kind = self.measures[target.measure].kind
            if KINDS[kind].acts not in ("tariff", "export_tax", "cost", "friction"):
                raise ValueError(f"calibrate.{i}.measure: a {kind} has no magnitude that trade could settle")
            if isinstance(self.measures[target.measure].magnitude, dict):
                raise ValueError(
                    f"calibrate.{i}.measure: its magnitude must be one number, not one by sector"
                )
        twice = [t.measure for t in self.calibrate]
        if len(set(twice)) < len(twice):
            raise ValueError("calibrate: a measure can meet one target only")
        for field, variant in self.studies.variants():
            if variant not in (*self.variants, "baseline"):
                raise ValueError(
                    f"studies.{field}: {unknown('variant', variant, [*self.variants, 'baseline'])}"
                )
        for item in self.comparisons:
            for variant in (item.of, item.minus):
                if variant not in (*self.variants, "baseline"):
                    raise ValueError(
                        f"comparisons.{item.id}: {unknown('variant', variant, [*self.variants, 'baseline'])}"
                    )
        return self

    def variant_ids(self, name: str, seen: tuple[str, ...] = ()) -> list[str]:
        """Ids of a variant's measures, in order of their adding."""
        if name in seen:
            raise ValueError(f"variants.{name}.extends: the chain {' -> '.join((*seen, name))} is a circle")
        variant = self.variants[name]
        ids: list[str] = []
        if variant.extends is not None:
            if variant.extends not in self.variants:
                raise ValueError(
                    f"variants.{name}.extends: {unknown('variant', variant.extends, self.variants)}"
                )
            ids = self.variant_ids(variant.extends, (*seen, name))
        for measure in variant.remove:
            if measure not in ids:
                raise ValueError(f"variants.{name}.remove: {unknown('inherited measure', measure, ids)}")
            ids.remove(measure)
        for measure in variant.add:
            if measure not in self.measures:
                raise ValueError(f"variants.{name}.add: {unknown('measure', measure, self.measures)}")
            if measure in ids:
                raise ValueError(f"variants.{name}.add: measure {measure!r} is already in this variant")
            ids.append(measure)
        return ids

    def variant_levers(self, name: str) -> dict[str, BaseModel]:
        """What one variant sets in the satellite models, by room, on top of the variants it extends; rooms in which
        nothing is set are left out."""
        variant = self.variants[name]
        inherited = self.variant_levers(variant.extends) if variant.extends else {}
        found = {}
        for room, levers in SATELLITES.items():
            parts = [p for p in (inherited.get(room), getattr(variant, room)) if p is not None]
            if parts:
                given = {k: v for p in parts for k, v in p.model_dump(exclude_unset=True).items()}
                found[room] = levers.model_validate(given)
        return found

    def variant_measures(self, name: str) -> list[Measure]:
        """The measures of one variant. Raises `ScenarioError` for an unknown variant."""
        if name not in self.variants:
            raise ScenarioError(unknown("variant", name, self.variants))
        return [self.measures[m] for m in self.variant_ids(name)]

    def with_settings(self, settings: list[str]) -> Scenario:
        """The scenario with single values replaced: `measure-id.magnitude=0.2`, `closure=balanced`,
        `variant.energy.price_cap=50`. Values are read as YAML. Raises `ScenarioError` with the nearest valid key."""
        document = self.model_dump(mode="json", exclude_unset=True)
        for setting in settings:
            key, equals, text = setting.partition("=")
            if not equals or not key:
                raise ScenarioError(
                    f"--set {setting!r}: expected key=value, such as {next(iter(self.measures))}.magnitude=0.1"
                )
            measure, dot, field = key.rpartition(".")
            if dot and measure in self.measures:
                if field not in Measure.model_fields:
                    raise ScenarioError(
                        f"--set {key}: {unknown('field of a measure', field, Measure.model_fields)}"
                    )
                document["measures"][measure][field] = _value(setting, text)
            elif (lever := key.split("."))[0] in self.variants and len(lever) == 3:
                self._set_lever(document, setting, lever[0], lever[1], lever[2], text)
            elif not dot and key in SETTINGS:
                document[key] = _value(setting, text)
            else:
                valid = [
                    *(f"{m}.magnitude" for m in self.measures),
                    *(
                        f"{v}.{room}.{field}"
                        for v in self.variants
                        for room, levers in SATELLITES.items()
                        if getattr(self.variants[v], room)
                        for field in levers.model_fields
                    ),
                    *SETTINGS,
                ]
                raise ScenarioError(f"--set {key}: {unknown('setting', key, valid)}")
        settled = {s.partition("=")[0].rpartition(".")[0] for s in settings if ".magnitude=" in s}
        targets = [t for t in document.get("calibrate", []) if t["measure"] not in settled]
        return validated({**document, "calibrate": targets}, "--set")

    def _set_lever(
        self, document: dict[str, Any], setting: str, variant: str, room: str, field: str, text: str
    ) -> None:
        if room not in SATELLITES:
            raise ScenarioError(f"--set {setting}: {unknown('satellite model', room, SATELLITES)}")
        if field not in SATELLITES[room].model_fields:
            raise ScenarioError(
                f"--set {setting}: {unknown(f'lever of {room}', field, SATELLITES[room].model_fields)}"
            )
        own = document["variants"][variant]
        own[room] = {**(own.get(room) or {}), field: _value(setting, text)}


def _value(setting: str, text: str) -> Any:
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        raise ScenarioError(f"--set {setting!r}: {text!r} is not a value YAML can read.") from None


def validated(document: Any, where: str, line_of: Any = None) -> Scenario:
    """A checked scenario, or a `ScenarioError` that lists what is wrong, each with file, line and field."""
    if not isinstance(document, dict):
        raise ScenarioError(
            f"{where}: expected a mapping with name, title, date, world, measures and variants."
        )
    measures = document.get("measures")
    if isinstance(measures, dict):
        named = {k: {"id": str(k), **v} if isinstance(v, dict) else v for k, v in measures.items()}
        document = {**document, "measures": named}
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        problems = [_explain(problem, where, line_of) for problem in error.errors()]
        more = f"\n... and {len(problems) - 6} more." if len(problems) > 6 else ""
        raise ScenarioError("\n".join(problems[:6]) + more) from None


def _explain(problem: Any, where: str, line_of: Any) -> str:
    path = [str(p) for p in problem["loc"] if p not in ("float", "dict[str,float]", "function-after")]
    line = line_of(problem["loc"]) if line_of else None
    place = f"{where}{f', line {line}' if line else ''}" + (f", {'.'.join(path)}" if path else "")
    given = problem.get("input")
    if problem["type"] == "extra_forbidden":
        fields = _fields_at(path)
        return f"{place}: unknown field {path[-1]!r}.{nearest(path[-1], fields)} Known: {', '.join(fields)}."
    if problem["type"] == "missing":
        return f"{place}: this field is missing and must be given."
    if problem["type"] == "literal_error":
        options = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"{place}: {given!r} is not allowed.{nearest(given, options)} Expected one of {', '.join(options)}."
    message = problem["msg"].removeprefix("Value error, ")
    shown = "" if problem["type"] == "value_error" else f" (got {str(given)[:60]!r})"
    return f"{place}: {message}{shown}."


def _fields_at(path: list[str]) -> list[str]:
    parts: dict[str, type[BaseModel]] = {
        "measures": Measure, "variants": Variant, "sources": Source, "comparisons": Comparison, "calibrate": Target,
        "upper_elasticities": UpperElasticities,
    }  # fmt: skip
    model = parts.get(path[0], Scenario) if len(path) > 1 else Scenario
    return list(model.model_fields)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file, for editors that complete and check YAML."""
    schema = Scenario.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Multipolar scenario",
        **schema,
    }
