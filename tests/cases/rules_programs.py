"""Cases of rules about programs that are exchanged, dropped or made to run scripts: S11, S13, S15, S16, S18, S24."""

from mac import (ADHOC, APPLET, APPS, BTM, CURL, DROPPED, EDITOR, FINDER, FRESH, HARDENED, HOME, INSTALLD, LINKER_SIGNED, OLD,
                 PAYLOAD, PYTHON, SH, SIGNED, STUDIO, TOOL, VALID, XCODE, ZSH, Mac, Program, image)

RESIGNED = Program(EDITOR.path, "com.example.parlo", VALID | SIGNED | ADHOC)
ADDED = APPS + "/Frameworks/libadded.dylib"


def s11():
    def rewrite(before, after, writer=CURL, loads=True):
        if before:
            mac.started(before)
        if writer:
            mac.modify(mac.started(writer), EDITOR.path)
        p = mac.started(after)
        if loads:
            mac.load(p, ADDED)

    mac = Mac()
    rewrite(EDITOR, RESIGNED)
    mac.write("S11", "rewritten-and-loads-a-new-library")

    mac = Mac()
    rewrite(None, RESIGNED)
    mac.write("S11", "history-unknown")

    mac = Mac()
    rewrite(EDITOR, RESIGNED, writer=None, loads=False)
    mac.write("S11", "writer-unseen")

    mac = Mac()
    rewrite(EDITOR, EDITOR, writer=EDITOR)
    mac.write("S11", "update-by-its-own-team")

    mac = Mac()
    rewrite(RESIGNED, RESIGNED, writer=INSTALLD)
    mac.write("S11", "always-ad-hoc-and-installed")


ENGINE = "/System/Library/Components/AppleScript.component/Contents/MacOS/AppleScript"
ADDITIONS = "/System/Library/ScriptingAdditions/StandardAdditions.osax/Contents/MacOS/StandardAdditions"
THIEF = Program("/Volumes/Wallet/Wallet.app/Contents/MacOS/Wallet", "wallet-5555", VALID | SIGNED | ADHOC)


def s13():
    def script(program, child=SH, additions=True):
        p = mac.started(program)
        mac.load(p, ENGINE)
        if additions:
            mac.load(p, ADDITIONS)
        if child:
            mac.started(child, p)

    for name, arguments in (("from-a-disk-image", (THIEF,)), ("nothing-started", (THIEF, None)),
                            ("applet-of-the-user", (APPLET,)), ("engine-alone", (APPLET, None, False)),
                            ("trusted-program", (STUDIO,))):
        mac = Mac()
        script(*arguments)
        mac.write("S13", name)


def s15():
    def drop(program, writer=CURL):
        if writer:
            mac.create(mac.started(writer), program.path)
        return mac.started(program, mac.started(ZSH))

    mac = Mac()
    mac.mprotect(drop(PAYLOAD), 5, 0x104C58000)
    mac.write("S15", "dropped-then-memory")

    mac = Mac()
    hidden = Program(HOME + "/.cargo/bin/fetchd", "fetchd", VALID | SIGNED | ADHOC | LINKER_SIGNED)
    mac.create(mac.started(CURL), hidden.path)
    mac.mprotect(mac.started(hidden, mac.started(ZSH)), 5, 0x104C58000)
    mac.write("S15", "among-what-is-built")

    mac = Mac()
    installer = mac.started(INSTALLD)
    mac.create(installer, PAYLOAD.path)
    mac.mprotect(mac.started(PAYLOAD, installer), 5, 0x104C58000)
    mac.write("S15", "below-an-installer")

    mac = Mac()
    target = mac.started(EDITOR)
    mac.get_task(drop(PAYLOAD, None), target)
    mac.write("S15", "writer-unseen")

    mac = Mac()
    drop(PAYLOAD)
    mac.launch_item(mac.started(BTM), PAYLOAD.path)
    mac.write("S15", "dropped-then-launch-item")

    mac = Mac()
    drop(PAYLOAD)
    mac.launch_item(mac.started(BTM), "/Library/Wardline/Wardline.app/Contents/MacOS/wardlined")
    mac.write("S15", "launch-item-of-another")

    mac = Mac()
    p = drop(PAYLOAD)
    mac.of_another_sensor(connection(p))
    mac.write("S15", "dropped-then-connects")

    mac = Mac()
    p = drop(PAYLOAD)
    mac.create(p, HOME + "/Documents/notes.txt")
    mac.write("S15", "dropped-and-harmless")

    mac = Mac()
    target = mac.started(EDITOR)
    p = mac.started(PAYLOAD)
    mac.without(None)
    mac.get_task(p, target)
    mac.write("S15", "started-before-the-recording")

    mac = Mac()
    mac.mprotect(drop(Program(PAYLOAD.path, "com.example.parlo.tool", HARDENED, team="PRL0XMPL88")), 5, 0x104C58000)
    mac.write("S15", "trusted-program")


def connection(p):
    program = p["program"]
    return lambda stamp: {
        "@timestamp": stamp, "agent": {"id": "a-1", "type": "endpoint", "version": "8.17.4"}, "ecs": {"version": "8.10.0"},
        "event": {"kind": "event", "module": "endpoint", "dataset": "endpoint.events.network", "category": ["network"],
                  "type": ["start"], "action": "connection_attempted", "sequence": 7},
        "destination": {"ip": "192.0.2.80", "port": 443}, "user": {"id": "501"},
        "process": {"pid": p["token"]["pid"], "entity_id": "e-%d" % p["token"]["pid"], "executable": program.path,
                    "name": program.path.rpartition("/")[2],
                    "code_signature": {"exists": True, "trusted": False, "signing_id": program.signing_id}},
    }


ELECTRON = Program("/Applications/Chatterbox.app/Contents/MacOS/Chatterbox", "com.example.chatterbox", HARDENED,
                   team="CHTRBX0EXM")
HELPER = Program("/Applications/Chatterbox.app/Contents/Frameworks/Chatterbox Helper.app/Contents/MacOS/Chatterbox Helper",
                 "com.example.chatterbox.helper", HARDENED, team="CHTRBX0EXM")


def s16():
    def run(program, child, **how):
        mac.started(child, mac.started(program, mac.started(how.pop("parent", ZSH)), **how))

    as_node = ["HOME=" + HOME, "ELECTRON_RUN_AS_NODE=1"]
    options = ["HOME=" + HOME, "NODE_OPTIONS=--require /tmp/x.js"]
    for name, program, child, how in (
            ("run-as-node-then-shell", ELECTRON, SH, {"env": as_node}),
            ("debug-port-then-shell", ELECTRON, SH, {"args": [ELECTRON.path, "--inspect=9229"]}),
            ("run-as-node-by-its-own-team", ELECTRON, SH, {"env": as_node, "parent": HELPER}),
            ("run-as-node-then-its-helper", ELECTRON, HELPER, {"env": as_node}),
            ("options-then-hidden-program", ELECTRON, PAYLOAD, {"env": options}),
            ("options-then-tool", PYTHON, TOOL, {"env": ["HOME=" + HOME, "PYTHONSTARTUP=/tmp/x.py"]}),
            ("no-variable", ELECTRON, TOOL, {})):
        mac = Mac()
        run(program, child, **how)
        mac.write("S16", name)


def s18():
    away = EDITOR.path + ".lock"

    mac = Mac()
    mac.started(EDITOR)
    p = mac.started(DROPPED)
    mac.rename(p, EDITOR.path, away)
    mac.create(p, EDITOR.path)
    mac.started(RESIGNED)
    mac.rename(p, away, EDITOR.path)
    mac.write("S18", "swapped-run-and-swapped-back")

    for name, before in (("stand-in-swaps-back", EDITOR), ("stand-in-without-a-past-swaps-back", None)):
        mac = Mac()
        if before:
            mac.started(before)
        p = mac.started(RESIGNED)
        mac.rename(p, EDITOR.path, APPS + "/MacOS/Parlo.tmp")
        mac.rename(p, away, EDITOR.path)
        mac.write("S18", name)

    mac = Mac()
    mac.started(EDITOR)
    mac.rename(mac.started(DROPPED), EDITOR.path, away)
    mac.started(RESIGNED)
    mac.write("S18", "not-swapped-back")

    mac = Mac()
    p = mac.started(EDITOR)  # An update of its own: the new one is of the same team.
    mac.rename(p, EDITOR.path, away)
    mac.rename(p, APPS + "/MacOS/Parlo.new", EDITOR.path)
    mac.started(EDITOR)
    mac.write("S18", "update-by-its-own-team")


def s24():
    for name, program, parent in (
            ("from-a-hidden-folder", DROPPED, ZSH),
            ("known-to-be-old", Program(DROPPED.path, DROPPED.signing_id, VALID | SIGNED | ADHOC, born=OLD), ZSH),
            ("below-an-installer", Program("/private/tmp/PKInstallSandbox.q/preflight", "preflight-5555", VALID | SIGNED | ADHOC),
             INSTALLD),
            ("below-xcode", Program("/private/tmp/probe", "probe-5555", VALID | SIGNED | ADHOC | LINKER_SIGNED, born=FRESH),
             XCODE),
            ("copied-to-the-desktop", Program(HOME + "/Desktop/tool", "tool-5555", VALID | SIGNED | ADHOC), FINDER)):
        mac = Mac()
        mac.started(program, mac.started(parent))
        mac.write("S24", name)


CASES = (s11, s13, s15, s16, s18, s24)
