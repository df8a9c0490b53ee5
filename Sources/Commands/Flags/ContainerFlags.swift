import CommandLine

/// The flags that `run` and `create` share, by topic; `ContainerFlags+Request.swift` makes a request of them.
enum ContainerFlags {
    // The program.
    static let env = Flag.list("env", short: "e", help: "Set environment variables")
    static let envFile = Flag.list("env-file", completing: .file, help: "Read in a file of environment variables")
    static let workdir = Flag.string("workdir", short: "w", help: "Working directory inside the container")
    static let user = Flag.string("user", short: "u", help: "Username or UID (format: <name|uid>[:<group|gid>])")
    static let groupAdd = Flag.list("group-add", help: "Add additional groups to join")
    static let entrypoint = Flag.string("entrypoint", help: "Overwrite the default ENTRYPOINT of the image")
    static let interactive = Flag.bool("interactive", short: "i", help: "Keep STDIN open even if not attached")
    static let tty = Flag.bool("tty", short: "t", help: "Allocate a pseudo-TTY")
    static let useInit = Flag.bool("init", help: "Run an init inside the container that forwards signals and reaps processes")
    static let stopSignal = Flag.string("stop-signal", help: "Signal to stop the container")
    static let stopTimeout = Flag.int("stop-timeout", help: "Timeout (in seconds) to stop a container")
    static let oomScoreAdj = Flag.int("oom-score-adj", help: "Tune host's OOM preferences (-1000 to 1000)")
    static let ulimit = Flag.list("ulimit", value: "ulimit", help: "Ulimit options")
    // Its names.
    static let name = Flag.string("name", help: "Assign a name to the container")
    static let hostname = Flag.string("hostname", short: "h", help: "Container host name")
    static let domainname = Flag.string("domainname", help: "Container NIS domain name")
    static let label = Flag.list("label", short: "l", help: "Set meta data on a container")
    static let labelFile = Flag.list("label-file", completing: .file, help: "Read in a line delimited file of labels")
    static let cidfile = Flag.string("cidfile", completing: .file, help: "Write the container ID to the file")
    static let remove = Flag.bool("rm", help: "Automatically remove the container when it exits")
    // Its files.
    static let volume = Flag.list("volume", short: "v", help: "Bind mount a volume")
    static let mount = Flag.list("mount", value: "mount", help: "Attach a filesystem mount to the container")
    static let tmpfs = Flag.list("tmpfs", help: "Mount a tmpfs directory")
    static let readOnly = Flag.bool("read-only", help: "Mount the container's root filesystem as read only")
    static let shmSize = Flag.value("shm-size", value: "bytes", help: "Size of /dev/shm", parse: parseByteSize)
    static let device = Flag.list("device", help: "Add a host device to the container")
    // Its rights.
    static let capAdd = Flag.list("cap-add", help: "Add Linux capabilities")
    static let capDrop = Flag.list("cap-drop", help: "Drop Linux capabilities")
    static let securityOpt = Flag.list("security-opt", help: "Security Options")
    static let privileged = Flag.bool("privileged", help: "Give extended privileges to this container")
    static let sysctl = Flag.list("sysctl", value: "map", help: "Sysctl options")
    static let platform = PlatformFlag.flag("Set platform if the image or archive is of several")
    static let cgroupParent = Flag.string("cgroup-parent", help: "Optional parent cgroup for the container")

    static let all: [any DeclaredFlag] =
        [
            env, envFile, workdir, user, groupAdd, entrypoint, interactive, tty, useInit, stopSignal, stopTimeout, oomScoreAdj, ulimit, name, hostname,
            domainname, label, labelFile, cidfile, remove, volume, mount, tmpfs, readOnly, shmSize, device, capAdd, capDrop, securityOpt, privileged,
            sysctl, platform, cgroupParent,
        ] + NetworkFlags.all + LimitFlags.all + refused

    /// Docker's flags that Apus does not have yet: each is refused with a reason, none is ignored.
    private static let refused: [any DeclaredFlag] = [
        RefusedFlag("link", because: "links are gone from Docker's networks too; containers of one network find each other by name"),
        RefusedFlag("restart", because: "restart policies are not there yet"),
        RefusedFlag("log-driver", because: "there is one log form, which apus logs reads"),
        RefusedFlag("log-opt", because: "there is one log form, which apus logs reads"),
        RefusedFlag("health-cmd", because: "health checks are not there yet"),
        RefusedFlag("pull", because: "registries are not there yet; load images with apus load"),
        RefusedFlag("pid", because: "sharing pid namespaces is not there yet"),
        RefusedFlag("ipc", because: "sharing ipc namespaces is not there yet"),
        RefusedFlag("uts", because: "sharing uts namespaces is not there yet"),
        RefusedFlag("userns", because: "user namespaces are not there yet"),
        RefusedFlag("cgroupns", because: "each container has its own cgroup namespace"),
        RefusedFlag("volumes-from", because: "taking volumes from another container is not there yet"),
        RefusedFlag("volume-driver", because: "volume drivers are not there yet"),
        RefusedFlag("storage-opt", because: "storage options are not there yet"),
        RefusedFlag("runtime", because: "apus is its own runtime"),
        RefusedFlag("gpus", because: "GPUs are not there yet"),
        RefusedFlag("isolation", because: "isolation technologies belong to Windows"),
        RefusedFlag("device-cgroup-rule", because: "device rules without a device are not there yet; name one with --device"),
    ]
}
