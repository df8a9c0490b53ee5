"""What a start is compared with: the floor, Debian's runc and podman, each with the same root file system, in a directory of its own."""
import json
import os
import subprocess

# Docker's default profile, as podman's packages carry it.
SECCOMP = "/usr/share/containers/seccomp.json"
CAPABILITIES = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
]


class Setup:
    """Files for the measurement below `work`; nothing outside it is written."""

    image = "busybox"

    def __init__(self, top, work):
        self.top, self.work = top, work
        self.running = []
        self.archive = os.path.join(work, "busybox.tar")
        subprocess.run([os.path.join(top, "images/busybox/make"), self.archive], check=True)
        self.rootfs = os.path.join(work, "bundle", "rootfs")
        os.makedirs(self.rootfs)
        layer = subprocess.run(["tar", "-xOf", self.archive, "--wildcards", "*/layer.tar"], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", self.rootfs], check=True, input=layer)

    def floor(self, kind):
        """The command that starts one container as the kernel alone can."""
        program = os.path.join(self.work, "floor")
        if not os.path.exists(program):
            source = os.path.join(self.top, "bench/floor.c")
            subprocess.run(["cc", "-O2", "-static", "-w", "-o", program, source], check=True)
        scratch = os.path.join(self.work, f"floor-{kind}")
        return [program, kind, "1", self.rootfs, scratch, "/bin/true"]

    def runc(self):
        """runc with a config as Docker's: its capabilities and seccomp profile, no limits."""
        bundle = os.path.dirname(self.rootfs)
        subprocess.run(["runc", "spec", "--bundle", bundle], check=True)
        path = os.path.join(bundle, "config.json")
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        process = config["process"]
        process.update(terminal=False, args=["true"], noNewPrivileges=False)
        process["capabilities"] = {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
        config["root"]["readonly"] = False
        config["linux"]["seccomp"] = docker_seccomp()
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return ["runc", "--root", os.path.join(self.work, "runc"), "run", "--bundle", bundle, "bench"]

    def runtimes(self, programs, limits=True):
        """Command lines of OCI runtimes by name: `run` of a container with limits and a cgroup namespace, and `exec` in one that runs.

        What is started here ends with `stop`. Without `limits` there are neither these nor device rules.
        """
        with open(os.path.join(os.path.dirname(self.rootfs), "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config["root"]["path"] = self.rootfs
        if {"type": "cgroup"} not in config["linux"]["namespaces"]:  # runc names it by itself on cgroup v2
            config["linux"]["namespaces"].append({"type": "cgroup"})
        config["linux"]["resources"] = {
            "memory": {"limit": 64 << 20}, "cpu": {"quota": 50000, "period": 100000}, "pids": {"limit": 64},
            "devices": [{"allow": False, "access": "rwm"}],
        } if limits else {}
        bundles = {}
        for name, words in (("true", ["true"]), ("idle", ["sleep", "100000"])):
            bundles[name] = os.path.join(self.work, name)
            os.makedirs(bundles[name])
            config["process"]["args"] = words
            with open(os.path.join(bundles[name], "config.json"), "w", encoding="utf-8") as file:
                json.dump(config, file)
        commands = {}
        for name, program in programs.items():
            start = [program, "--root", os.path.join(self.work, f"{name}-state")]
            self.running.append([*start, "delete", "--force", f"{name}-idle"])
            subprocess.run([*start, "run", "--detach", "--bundle", bundles["idle"], f"{name}-idle"], check=False, stdout=subprocess.DEVNULL)
            commands[f"{name} run"] = [*start, "run", "--bundle", bundles["true"], f"{name}-true"]
            commands[f"{name} exec"] = [*start, "exec", f"{name}-idle", "true"]
        return commands

    def stop(self):
        """Ends what `runtimes` started."""
        for command in self.running:
            subprocess.run(command, check=False, capture_output=True)

    def podman(self):
        """The beginning of a podman command line whose storage and settings lie below `work`."""
        settings, storage = os.path.join(self.work, "containers.conf"), os.path.join(self.work, "storage.conf")
        with open(settings, "w", encoding="utf-8") as file:
            # No default_ulimits: they would raise RLIMIT_NOFILE, which not every root may.
            file.write('[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n')
        with open(storage, "w", encoding="utf-8") as file:
            file.write(f'[storage]\ndriver = "overlay"\nrunroot = "{self.work}/podman-run"\ngraphroot = "{self.work}/podman"\n')
        os.environ.update(CONTAINERS_CONF=settings, CONTAINERS_STORAGE_CONF=storage)
        return ["podman", "--runtime", "runc"]


def docker_seccomp():
    """Docker's profile as an OCI runtime takes it: its conditions decided for x86-64, no added capability and a new kernel."""
    with open(SECCOMP, encoding="utf-8") as file:
        profile = json.load(file)
    calls = []
    for entry in profile["syscalls"]:
        includes, excludes = entry.get("includes") or {}, entry.get("excludes") or {}
        if not set(includes.get("caps") or []) <= set(CAPABILITIES) or set(excludes.get("caps") or []) & set(CAPABILITIES):
            continue
        if includes.get("arches") and "amd64" not in includes["arches"] or "amd64" in (excludes.get("arches") or []):
            continue
        calls.append({key: entry[key] for key in ("names", "action", "args", "errnoRet") if entry.get(key) not in (None, [], "")})
    result = {"defaultAction": profile["defaultAction"], "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": calls}
    if profile.get("defaultErrnoRet") is not None:
        result["defaultErrnoRet"] = profile["defaultErrnoRet"]
    return result
