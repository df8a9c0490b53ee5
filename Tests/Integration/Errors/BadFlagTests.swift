import Testing

/// Every value of a flag that is wrong gets exactly one line, status 125, and leaves nothing.
@Suite struct BadFlagTests {
    private static let nameHint = "two or more letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit"
    private static let mountForm = "write type=bind|volume|tmpfs[,source=SOURCE],target=TARGET[,readonly]"

    /// The flag, its value, and the line.
    private static let values: [(String, String, String)] = [
        ("-e", "=x", "invalid environment variable \"=x\" (-e): the name is missing"),
        ("-e", "a b=x", "invalid environment variable \"a b\" (-e): the name has white space"),
        ("--env-file", "/nope", "cannot open /nope: no such file or directory (ENOENT)"),
        ("-w", "rel", "the working directory 'rel' is invalid; it needs to be an absolute path"),
        ("-w", "/etc/passwd", "cannot make directory /etc/passwd (process.cwd): not a directory (ENOTDIR)"),
        ("-u", "nope", "unable to find user nope: no matching entries in passwd file"),
        ("-u", "root:nope", "unable to find group nope: no matching entries in group file"),
        ("--group-add", "nope", "unable to find group nope: no matching entries in group file"),
        ("-l", "=x", "invalid label \"=x\": the name is missing"),
        ("--label-file", "/nope", "cannot open /nope: no such file or directory (ENOENT)"),
        ("--name", "a b", "invalid container name \"a b\"; \(nameHint)"),
        ("--name", "x", "invalid container name \"x\"; \(nameHint)"),
        ("--cidfile", "/etc/passwd", "container ID file found at /etc/passwd; make sure the other container isn't running, or delete the file"),
        ("--cidfile", "/nope/x", "cannot open /nope/x: no such file or directory (ENOENT)"),
        ("-v", "a:b:c:d", "invalid volume specification \"a:b:c:d\"; write [SOURCE:]TARGET[:OPTIONS]"),
        ("-v", "/tmp:rel", "invalid mount \"/tmp:rel\": the target must be an absolute path other than /, got \"rel\""),
        ("-v", "/tmp:/", "invalid mount \"/tmp:/\": the target must be an absolute path other than /, got \"/\""),
        ("-v", "/tmp:/a/../b", "invalid mount \"/tmp:/a/../b\": the target must not contain .."),
        ("-v", "/tmp:/x:bad", "invalid volume specification \"/tmp:/x:bad\": unknown option \"bad\""),
        (
            "-v", "x:/y",
            "invalid volume name \"x\"; two or more letters, digits, \"_\", \".\" and \"-\"; for a directory of the host give an absolute path"
        ),
        (
            "-v", "/etc/passwd:/etc",
            "cannot attach a mount of the host at /etc (mounts[N]): invalid argument (EINVAL); a directory goes on a directory, and a file on a file"
        ),
        ("-v", "/tmp:/proc/x", "mounts[N].destination: nothing of the host may be mounted at /proc/x: it is inside /proc"),
        ("--mount", "type=bind,src=/nope,dst=/x", "invalid mount \"type=bind,src=/nope,dst=/x\": bind source path does not exist: /nope"),
        ("--mount", "type=foo,dst=/x", "invalid mount \"type=foo,dst=/x\": unknown type \"foo\"; \(mountForm)"),
        ("--mount", "dst=/x,foo=1", "invalid mount \"dst=/x,foo=1\": unexpected key \"foo\"; \(mountForm)"),
        ("--mount", "type=bind,dst=/x", "invalid mount \"type=bind,dst=/x\"; write type=bind,source=PATH,target=TARGET"),
        ("--mount", "src=/x", "invalid mount \"src=/x\"; \(mountForm)"),
        ("--tmpfs", "rel", "invalid mount \"rel\": the target must be an absolute path other than /, got \"rel\""),
        (
            "--tmpfs", "/x:nope",
            "cannot mount tmpfs on /x (nosuid,nodev,noexec,nope) (mounts[N]): invalid argument (EINVAL); tmpfs may not take its options (nope)"
        ),
        ("--cap-add", "NOPE", "unknown capability to add: \"NOPE\""),
        ("--cap-drop", "NOPE", "unknown capability to drop: \"NOPE\""),
        ("--security-opt", "foo", "invalid --security-opt: \"foo\""),
        ("--security-opt", "seccomp=/nope", "cannot open /nope: no such file or directory (ENOENT)"),
        ("--security-opt", "seccomp=/etc/passwd", "cannot read seccomp profile of --security-opt: it is no JSON"),
        ("--security-opt", "apparmor=x", "--security-opt apparmor=x: AppArmor profiles are not supported yet"),
        ("--device", "foo", "invalid --device \"foo\"; write /dev/HOST, /dev/HOST:/dev/CONTAINER or /dev/HOST:/dev/CONTAINER:rwm"),
        ("--device", "/dev/nope", "cannot use device /dev/nope: no such file or directory (ENOENT)"),
        ("--device", "/etc/passwd", "cannot use device /etc/passwd: it is no device node"),
        ("--network", "x", "no such network: x"),
        ("--sysctl", "kernel.foo=1", "sysctl 'kernel.foo' is not allowed; only parameters of a container's own namespaces are"),
        ("--sysctl", "foo", "sysctl 'foo' is not allowed; write it as name=value"),
        ("--sysctl", "net.nope=1", "cannot write 1 to /proc/sys/net/nope (linux.sysctl.net.nope): no such file or directory (ENOENT)"),
        ("--ulimit", "nofile", "invalid ulimit argument: nofile"),
        ("--ulimit", "nope=1", "invalid ulimit type: nope"),
        ("--ulimit", "nofile=9:5", "ulimit soft limit must be less than or equal to hard limit: 9 > 5"),
        ("--ulimit", "nofile=x", "invalid ulimit value: x in nofile=x"),
        ("--oom-score-adj", "2000", "invalid value 2000, range for oom score adj is [-1000, 1000]"),
        ("--stop-signal", "NOPE", "invalid signal: NOPE"),
        ("--attach", "foo", "invalid argument \"foo\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT and STDERR"),
        ("--explain=foo", "-i", "invalid argument \"foo\" for \"--explain\" flag: it takes timing or nothing"),
        ("-it", "-e=A=1", "the input device is not a TTY; leave out -t, or give a terminal"),
        ("-d", "--attach=stdout", "conflicting options: -a and -d"),
        ("-m", "5m", "minimum memory limit allowed is 6MB, got 5242880 bytes"),
        ("--memory-swap", "10m", "you should always set the memory limit when using memoryswap limit"),
        ("--blkio-weight", "5", "range of blkio weight is from 10 to 1000, got 5"),
        ("--device-write-bps", "/dev/null:1m", "cannot limit the I/O of /dev/null: it is no block device"),
        ("--device-read-iops", "/dev/nope:1", "cannot use device /dev/nope: no such file or directory (ENOENT)"),
        ("--cpu-shares", "-3", "invalid argument \"-3\" for \"--cpu-shares\" flag: it must not be negative"),
    ]

    @Test func valuesOfRun() throws {
        try Apus.with { apus throws in
            for (flag, value, line) in Self.values {
                let outcome = try apus.run("run", "--rm", flag, value, "busybox", "true")
                // Which mount it is depends on how many there are by default.
                let error = outcome.errorOutput.replacing(/mounts\[[0-9]+\]/) { _ in "mounts[N]" }
                #expect(outcome.code == 125 && outcome.output.isEmpty && error == "apus: \(line)\n", "\(flag) \(value): \(error)")
            }
        }
    }

    @Test func words() throws {
        try Apus.with(image: false) { apus throws in
            let see = "; see 'apus run --help'"
            try apus.refuses("unknown flag: --nope; did you mean '--name'? see 'apus run --help'", "run", "--nope", "busybox")
            try apus.refuses("invalid argument \"x\" for \"--cpus\" flag: not a number of CPUs such as 1.5\(see)", "run", "--cpus", "x", "busybox")
            try apus.refuses("invalid argument \"x\" for \"--shm-size\" flag: invalid size: 'x'\(see)", "run", "--shm-size", "x", "busybox")
            try apus.refuses("invalid argument \"1e30\" for \"-m, --memory\" flag: size out of range: '1e30'\(see)", "run", "-m", "1e30", "busybox")
            try apus.refuses("invalid argument \"no\" for \"--rm\" flag: neither true nor false\(see)", "run", "--rm=no", "busybox")
            try apus.refuses("flag needs an argument: 'm' in -m\(see)", "run", "-m")
            try apus.refuses("conflicting options: --publish and --network none", "run", "--network", "none", "-p", "80:80", "busybox")
            try apus.refuses("--restart is refused: restart policies are not there yet\(see)", "run", "--restart", "always", "busybox")
            let form = "the correct format is <device-path>:<number>[<unit>]"
            try apus.refuses("invalid argument \"vda:1\" for \"--device-read-bps\" flag: \(form)\(see)", "run", "--device-read-bps", "vda:1", "busybox")
            try apus.refuses("\"apus run\" requires at least 1 argument\(see)", code: 1, "run")
        }
    }

    @Test func longNames() throws {
        try Apus.with { apus throws in
            let long = String(repeating: "x", count: 100)
            for (flag, name) in [("-h", "hostname"), ("--domainname", "domainname")] {
                let outcome = try apus.run("run", "--rm", flag, long, "busybox", "true")
                #expect(outcome.code == 125 && outcome.errorOutput.hasPrefix("apus: \(name) must be at most 64 bytes, got \"xxxx"), "\(outcome)")
            }
        }
    }

    @Test func limitsThatContradictOneAnother() throws {
        try Apus.with { apus throws in
            let swap = "minimum memoryswap limit should be larger than memory limit: 33554432 is less than 67108864"
            try apus.refuses(swap, "run", "--rm", "-m", "64m", "--memory-swap", "32m", "busybox", "true")
            let reservation = "minimum memory limit can not be less than memory reservation limit: 67108864 is less than 104857600"
            try apus.refuses(reservation, "run", "--rm", "-m", "64m", "--memory-reservation", "100m", "busybox", "true")
            let quota = "conflicting options: --cpus cannot be given with --cpu-quota or --cpu-period"
            try apus.refuses(quota, "run", "--rm", "--cpus", "1", "--cpu-quota", "5000", "busybox", "true")
        }
    }
}
