"""How an act becomes scenarios: once plain, and once for each thing that may come between it and its telemetry."""

import inspect

import sensors
from mac import Mac

SENSORS = {f.__name__.replace("_", "-"): f for f in (
    sensors.eslogger, sensors.eslogger_13, sensors.jamf, sensors.mac_monitor, sensors.santa, sensors.elastic,
    sensors.ocsf, sensors.unified_log)}
DIALECTS = {"eslogger-13": "eslogger"}


class Book:
    """Scenarios of one file, in order."""

    def __init__(self, group=None):
        self.group = group
        self.scenarios = []

    def attack(self, rule, behaviour, title, act, span=0, expect=None, weak=(), other=None, other_expect=None, other_note="",
               weak_act=None, weak_note="", weak_images=False, allow=(), sensor="eslogger", variants=None, name="", max_level="low",
               lists=None):
        """`act(mac)` returns the path of the process that the finding is about. `span` is the rule's, in seconds.

        `weak` are the rules that speak where a fact is missing: nothing is known of the images, or, with
        weak_act, something is not seen.
        """
        rules = expect or [rule]
        base = dict(rule=rule, behaviour=behaviour, title=title, kind="attack", allow=allow, max_level=max_level, lists=lists)
        about = inspect.getdoc(act)
        prefix = name + "-" if name else ""

        def add(variant, how, rules, act=act, note="", pace=None, images=True, disorder=False):
            if variants is not None and variant not in variants:
                return
            self.add(f"{rule}/{prefix}{variant}", base, act, how, variant=variant, description=f"{about} {note}", rules=rules,
                     pace=pace, images=images, disorder=disorder)

        add("plain", sensor, rules)
        add("order_noise", sensor, rules, note=DISORDER, disorder=True)
        if span > 0 and waits_of(act) > 0:
            add("delays", sensor, rules, note=SLOW, pace=0.92 * span / waits_of(act))
        if other:
            add("other_sensor", other, other_expect or rules, note=other_note)
        if weak:
            add("weak", sensor, list(weak), act=weak_act or act, note=weak_note or UNKNOWN, images=weak_images)

    def near_miss(self, rule, name, title, act, allow=(), sensor="eslogger", images=True, lists=None, max_level="low"):
        self.add(f"{rule}/near-miss-{name}",
                 dict(rule=rule, behaviour="near miss", title=title, kind="near_miss", allow=allow, max_level=max_level, lists=lists),
                 act, sensor, variant=name, description=inspect.getdoc(act), images=images)

    def benign(self, name, behaviour, title, act, allow=(), sensor="eslogger", images=True, lists=None, max_level="low"):
        self.add(f"benign/{name}", dict(behaviour=behaviour, title=title, kind="benign", allow=allow, lists=lists, max_level=max_level),
                 act, sensor, variant="plain", description=inspect.getdoc(act), images=images)

    def sample(self, name, title, act, expect, allow=(), sensor="eslogger", images=True):
        """`expect`: a list of (rules, path of the process)."""
        self.add(f"samples/{name}", dict(rule=expect[0][0][0], behaviour="chain of an intrusion", title=title, kind="attack", allow=allow),
                 act, sensor, variant="plain", description=inspect.getdoc(act), images=images, expect=expect)

    def add(self, directory, base, act, sensor, variant, description, rules=None, pace=None, images=True, disorder=False, expect=None):
        mac = Mac(directory) if pace is None else Mac(directory, pace)
        mac.noise(2)
        process = act(mac)
        mac.pass_time(1.0)
        mac.noise(1)
        records = SENSORS[sensor](mac.happenings)
        if disorder:
            records = disordered(records, mac)
        scenario = dict(base, directory=directory, records=records, variant=variant, description=description,
                        sensor=DIALECTS.get(sensor, sensor))
        if images:
            scenario["images"] = list(mac.images.values())
        if rules:
            expect = [(rules, process)]
        if expect:
            scenario["expect"] = [dict(rules=r, process=p, begins=mac.begins, ends=mac.ends if len(expect) == 1 else None)
                                  for r, p in expect]
        self.scenarios.append(scenario)


DISORDER = "Neighbouring records within half a second have changed places, and some came twice."
SLOW = "The steps take nearly as long as the rule waits for them."
UNKNOWN = "Nobody knows the images: there is no link inventory."


def waits_of(act):
    mac = Mac("count")
    act(mac)
    return mac.waits


def disordered(records, mac):
    """What queues do: every third pair that is near enough changes places, every fifth record comes twice."""
    out = list(records)
    number = 0
    while number + 1 < len(out):
        first, second = out[number], out[number + 1]
        if first["time"][:16] == second["time"][:16] and abs(seconds_of(first) - seconds_of(second)) < 0.5:
            out[number], out[number + 1] = second, first
            number += 1
        number += 2
    twice = []
    for number, record in enumerate(out):
        twice.append(record)
        if number % 5 == 2:
            twice.append(record)
    return twice


def seconds_of(record):
    return float(record["time"][17:].rstrip("Z"))
