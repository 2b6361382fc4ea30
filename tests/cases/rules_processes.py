"""Cases of rules about what one process does to another: S05 to S07, S21, and sensors' alerts, S25."""

from mac import (ADHOC, AGENT, DEBUGSERVER, DROPPED, EDITOR, FRESH, HOME, LINKER_SIGNED, NEW_TOOL, OWN_BUILD, PAYLOAD, SIGNED,
                 STUDIO, TOOL, VALID, XCODE, ZSH, Mac, Program)


def s05():
    def inject(actor, port="get_task", elsewhere=None):
        if port is not None:
            mac.get_task(actor, target, port)
        mac.remote_thread(actor, elsewhere or target)

    for name, program, parent in (("port-then-thread", DROPPED, None), ("debugserver", DEBUGSERVER, XCODE),
                                  ("own-build-below-xcode", OWN_BUILD, XCODE)):
        mac = Mac()
        target = mac.started(EDITOR)
        inject(mac.started(program, mac.started(parent) if parent else None))
        mac.write("S05", name)

    mac = Mac()
    target = mac.started(EDITOR)
    inject(mac.started(DROPPED), elsewhere=mac.started(STUDIO))
    mac.write("S05", "thread-elsewhere")

    mac = Mac()
    target = mac.started(EDITOR)
    inject(mac.started(AGENT), "get_task_read")
    mac.write("S05", "read-port-only")

    mac = Mac()
    target = mac.started(EDITOR)
    inject(mac.started(DEBUGSERVER, mac.started(XCODE)), None)
    mac.write("S05", "debugserver-without-a-port")


def s06():
    def take(loader):
        child = mac.started(EDITOR, loader)
        mac.get_task(loader, child)
        return child

    mac = Mac()
    take(mac.started(DROPPED, mac.started(ZSH)))
    mac.write("S06", "child-just-started")

    mac = Mac()
    take(mac.started(Program(DROPPED.path, DROPPED.signing_id, DROPPED.flags | 0x4), mac.started(ZSH)))
    mac.write("S06", "parent-lets-itself-be-debugged")

    mac = Mac()
    take(mac.started(STUDIO))
    mac.write("S06", "trusted-parent")

    mac = Mac()
    take(mac.started(DEBUGSERVER, mac.started(XCODE)))
    mac.write("S06", "debugger")

    mac = Mac()
    loader = mac.started(DROPPED)
    child = mac.started(EDITOR, loader)
    mac.wait(120)
    mac.get_task(loader, child)
    mac.write("S06", "child-of-two-minutes")

    mac = Mac()
    loader = mac.started(DROPPED)
    child = mac.started(EDITOR, loader)
    mac.get_task(loader, mac.started(STUDIO))
    mac.write("S06", "port-of-another")


def s07():
    def attach(actor):
        target = mac.started(EDITOR)
        mac.trace(actor, target)
        return target

    mac = Mac()
    mac.mprotect(attach(mac.started(TOOL, mac.started(ZSH))), 5, 0x104C58000)
    mac.write("S07", "memory-executable-after-attaching")

    mac = Mac()
    mac.invalidated(attach(mac.started(STUDIO)), 0x30000000)
    mac.write("S07", "trusted-program-attaches")

    mac = Mac()
    attach(mac.started(TOOL))
    mac.write("S07", "attaching-alone")

    mac = Mac()
    mac.mprotect(attach(mac.started(DEBUGSERVER, mac.started(XCODE))), 5, 0x104C58000)
    mac.write("S07", "debugserver")

    mac = Mac()
    p = mac.started(TOOL)
    mac.trace(p, p)  # As a program does that wants nobody to attach.
    mac.write("S07", "itself")


def s21():
    monitor = Program("/opt/homebrew/Cellar/htop/3.3.0/bin/htop", "htop", VALID | SIGNED | ADHOC | LINKER_SIGNED, born=FRESH)
    for name, program in (("from-a-hidden-folder", DROPPED), ("not-a-day-old", NEW_TOOL), ("old-tool", TOOL),
                          ("monitor-just-installed", monitor), ("trusted", STUDIO)):
        mac = Mac()
        target = mac.started(EDITOR)
        mac.get_task(mac.started(program, mac.started(ZSH)), target)
        mac.write("S21", name)

    mac = Mac()
    target = mac.started(EDITOR)
    mac.get_task(mac.started(TOOL), target, "get_task_read")
    mac.write("S21", "read-port")

    mac = Mac()
    p = mac.started(TOOL)
    mac.get_task(p, p)
    mac.write("S21", "own-port")


def alert(p, name):
    """A detection of Elastic Defend, as it names the process: by pid and executable."""
    program = p["program"]
    return lambda stamp: {
        "@timestamp": stamp, "agent": {"id": "a-1", "type": "endpoint", "version": "8.17.4"}, "ecs": {"version": "8.10.0"},
        "event": {"kind": "alert", "module": "endpoint", "dataset": "endpoint.alerts", "code": "behavior", "severity": 73,
                  "category": ["malware", "intrusion_detection"], "type": ["info"], "action": "execution"},
        "rule": {"id": "r-1", "name": name}, "message": "Something was seen.", "user": {"id": "501"},
        "process": {"pid": p["token"]["pid"], "entity_id": "e-%d" % p["token"]["pid"], "executable": program.path,
                    "name": program.path.rpartition("/")[2],
                    "code_signature": {"exists": True, "trusted": program.team is not None,
                                       "signing_id": program.signing_id, "team_id": program.team or ""}},
    }


def s25():
    mac = Mac()
    p = mac.started(TOOL)
    mac.of_another_sensor(alert(p, "Suspicious download"))
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S25", "alert-then-memory")

    mac = Mac()
    p = mac.started(TOOL)
    mac.of_another_sensor(alert(p, "Shellcode Injection"))
    mac.write("S25", "alert-of-injection")

    mac = Mac()
    p = mac.started(TOOL)
    mac.of_another_sensor(alert(p, "Suspicious download"))
    mac.create(p, HOME + "/Documents/notes.txt")
    mac.write("S25", "alert-then-nothing")

    mac = Mac()
    p = mac.started(STUDIO)
    mac.of_another_sensor(alert(p, "Suspicious download"))
    mac.started(PAYLOAD, p)
    mac.write("S25", "trusted-program")


CASES = (s05, s06, s07, s21, s25)
