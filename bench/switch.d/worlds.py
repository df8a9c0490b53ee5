"""The ways from container to container that bench/switch compares: each in network namespaces of its own, with the same addresses.

Container N has eth0 with 10.0.N.1 and the address 02:00:0a:00:NN:01; its other end in the host's namespace is pN.
"""
import os
import subprocess
import time


class Namespace:
    """A network namespace, which a sleeping process holds."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self.pid = self.holder.pid
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.pid}/ns/net") == own:
            time.sleep(0.001)
        self.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=0")
        self.run("ip link set lo up")

    def enter(self, command):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *(command.split() if isinstance(command, str) else command)]

    def run(self, command, check=True):
        result = subprocess.run(self.enter(command), check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise RuntimeError(f"{command}: exit status {result.returncode}: {result.stderr.strip() or result.stdout.strip()}")
        return result.stdout

    def batch(self, lines):
        subprocess.run(self.enter("ip -batch -"), input="\n".join(lines) + "\n", text=True, check=True)

    def start(self, command, **options):
        return subprocess.Popen(self.enter(command), **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True, **options})

    def received(self, interface="eth0"):
        """Packets that have come in by an interface."""
        with open(f"/proc/{self.pid}/net/dev", encoding="ascii") as file:
            line = next(line for line in file if line.strip().startswith(interface + ":"))
        return int(line.split(":")[1].split()[1])

    def close(self):
        self.holder.kill()
        self.holder.wait()


def mac(number):
    return f"02:00:0a:00:{number:02x}:01"


class World:
    """A host with containers; a subclass connects them."""

    name = ""
    mask = 16
    containers = 4

    def __init__(self, work):
        self.work = work
        self.processes = []
        self.host = Namespace()
        self.inside = {}
        try:
            for number in range(1, self.containers + 1):
                self.inside[number] = Namespace()
                self.join(number)
            self.connect()
        except BaseException:
            self.close()
            raise

    def join(self, number):
        container = self.inside[number]
        self.host.run(f"ip link add p{number} type veth peer name eth0 address {mac(number)} netns {container.pid}")
        self.host.run(f"ip link set p{number} up")
        self.address(number)

    def address(self, number):
        self.inside[number].run("ip link set eth0 up")
        self.inside[number].run(f"ip addr add 10.0.{number}.1/{self.mask} dev eth0")

    def connect(self):
        raise NotImplementedError

    def destination(self, number):
        """The hardware address by which container `number` is reached."""
        return mac(number)

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        for namespace in [*self.inside.values(), self.host]:
            namespace.close()


class Veth(World):
    """Containers 1 and 2, and 3 and 4, are the ends of one veth pair: what none can exceed."""

    name = "bare veth pair"

    def join(self, number):
        if number % 2 == 0:
            one, other = self.inside[number - 1], self.inside[number]
            one.run(f"ip link add eth0 address {mac(number - 1)} type veth peer name eth0 address {mac(number)} netns {other.pid}")
            self.address(number - 1)
            self.address(number)

    def connect(self):
        pass


class Sink(World):
    """A veth pair whose other end drops everything at once: what the generator can do."""

    name = "generator"
    containers = 1

    def connect(self):
        self.host.run(["nft", "add table netdev sink; add chain netdev sink drops { type filter hook ingress device p1 priority 0; policy drop; }"])


class Bridge(World):
    name = "Linux bridge"

    def connect(self):
        self.host.run("ip link add br0 type bridge")
        self.host.run("ip link set br0 up")
        for number in self.inside:
            self.host.run(f"ip link set p{number} master br0")
        time.sleep(0.1)


class Forwarding(World):
    name = "IP forwarding"
    mask = 24

    def connect(self):
        self.host.run("sysctl -qw net.ipv4.ip_forward=1")
        for number, container in self.inside.items():
            self.host.run(f"ip addr add 10.0.{number}.254/24 dev p{number}")
            self.host.run(f"ip route add 10.9.{number}.0/24 via 10.0.{number}.1")
            container.run(f"ip route add default via 10.0.{number}.254")

    def destination(self, number):
        """The host's end of the sender's veth: the sender is the container before."""
        for line in self.host.run(f"ip -o link show p{number - 1}").split("link/ether ")[1:]:
            return line.split()[0]


class OpenVSwitch(World):
    """Debian's, with its datapath in userspace."""

    name = "Open vSwitch"

    def connect(self):
        # It does not know checksums that the sender's kernel has put off.
        for container in self.inside.values():
            container.run("ethtool -K eth0 tx off")
        run = os.path.join(self.work, "ovs")
        os.makedirs(run)
        environment = dict(os.environ, OVS_RUNDIR=run, OVS_LOGDIR=run, OVS_DBDIR=run)
        quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["ovsdb-tool", "create", f"{run}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema"], check=True, env=environment)
        self.processes.append(self.host.start(["ovsdb-server", f"{run}/conf.db", f"--remote=punix:{run}/db.sock"], **quiet))
        while not os.path.exists(f"{run}/db.sock"):
            time.sleep(0.01)
        self.processes.append(self.host.start(["ovs-vswitchd", f"unix:{run}/db.sock"], **quiet))
        command = ["ovs-vsctl", f"--db=unix:{run}/db.sock", "--timeout=20", "--", "--may-exist", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev"]
        for number in self.inside:
            command += ["--", "add-port", "br0", f"p{number}"]
        self.host.run(command)
        time.sleep(0.5)


class Apus(World):
    """Apus's datapath under the smallest slow path, which learns addresses."""

    datapath = ""
    ports = 0
    load = ""

    def connect(self):
        extra = [f"q{number}" for number in range(self.ports)]
        if extra:
            other = self.inside[self.containers]
            self.host.batch([f"link add {name} type veth peer name {name} netns {other.pid}" for name in extra])
            self.host.batch([f"link set {name} up" for name in extra])
        command = [self.load, self.datapath, "apus-up", *[f"p{number}={mac(number)}" for number in self.inside], *extra]
        self.switch = self.host.start(command, stdin=subprocess.PIPE)
        self.processes.append(self.switch)
        if self.switch.stdout.readline() != "ready\n":
            raise RuntimeError(f"apus-switch-load {self.datapath} did not start")

    def ask(self, line):
        self.switch.stdin.write(line + "\n")
        self.switch.stdin.flush()
        return self.switch.stdout.readline().split()


class BPF(Apus):
    name = "Apus BPF"
    datapath = "bpf"


class PacketSocket(Apus):
    name = "Apus packet socket"
    datapath = "packet-socket"


def crowded(kind):
    """The same with 500 ports."""
    return type("Crowded", (kind,), {"name": f"{kind.name}, 500 ports", "ports": 496})
