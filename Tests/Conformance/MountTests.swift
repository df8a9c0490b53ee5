import Glibc
import LinuxSystem
import Testing

/// config.md, `mounts`.
@Suite("Mounts") struct MountTests {
    private func bind(_ c: Container, _ options: JSON...) -> JSON {
        ["destination": "/mnt", "type": "bind", "source": .string("\(c.scratch)/volume"), "options": .array(["bind"] + options)]
    }

    @Test("config.md#mounts: they are made in the order of the list")
    func order() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/mnt", "type": "tmpfs", "source": "first"])
            c.config["mounts"].append(["destination": "/mnt/inner", "type": "tmpfs", "source": "second"])
            c.config["mounts"].append(["destination": "/mnt", "type": "tmpfs", "source": "third"])
            try c.sh("grep -o -E '(first|second|third)' /proc/self/mountinfo; ls /mnt", prints: "first\nsecond\nthird")
        }
    }

    @Test("config.md#mounts: a destination that is not there is made: a directory")
    func destinationIsMade() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/a/b/c", "type": "tmpfs", "source": "made"])
            try c.sh("stat -f -c %T /a/b/c", prints: "tmpfs")
        }
    }

    @Test("runc run: the destination for a file that is not there is made: a file")
    func fileDestinationIsMade() throws {
        try container { c throws in
            let path = try c.file("volume/file", "text\n")
            c.config["mounts"].append(["destination": "/a/file", "type": "bind", "source": .string(path), "options": ["bind"]])
            try c.sh("cat /a/file", prints: "text")
        }
    }

    @Test("config.md#mounts: a destination that is not absolute is taken from the root, with or without a warning")
    func relativeDestination() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "mnt", "type": "tmpfs", "source": "made"])
            try c.sh("stat -f -c %T /mnt", prints: "tmpfs")
        }
    }

    @Test("config.md#linux-mounts: a bind mount shows its source")
    func bindMount() throws {
        try container { c throws in
            try c.file("volume/file", "text\n")
            c.config["mounts"].append(bind(c))
            try c.sh("cat /mnt/file; echo new > /mnt/new", prints: "text")
            #expect(c.text("volume/new") == "new")
        }
    }

    @Test("config.md#mounts: a bind mount's relative source is taken from the bundle")
    func relativeSource() throws {
        try container { c throws in
            try c.file("bundle/volume/file", "text\n")
            c.config["mounts"].append(["destination": "/mnt", "type": "bind", "source": "volume", "options": ["bind"]])
            try c.sh("cat /mnt/file", prints: "text")
        }
    }

    @Test("config.md#mounts: a bind mount needs no type")
    func bindWithoutType() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/mnt", "source": ".", "options": ["bind"]])
            try c.sh("ls -d /mnt/config.json /mnt/rootfs", prints: "/mnt/config.json\n/mnt/rootfs")
        }
    }

    @Test("config.md#mounts: a bind mount without its source is an error, and the source is not made")
    func missingSource() throws {
        try container { c throws in
            c.config["mounts"].append(bind(c))
            try c.isRefused()
            #expect(!fileExists("\(c.scratch)/volume"))
        }
    }

    @Test("config.md#linux-mounts: ro makes a bind mount read-only, and only that")
    func readOnlyBind() throws {
        try container { c throws in
            try c.file("volume/file", "text\n")
            c.config["mounts"].append(bind(c, "ro"))
            #expect(try c.sh("touch /mnt/x 2>&1; touch /x && echo root").contains("Read-only file system\nroot"))
        }
    }

    @Test("config.md#linux-mounts: flags reach the mount", arguments: ["nosuid", "nodev", "noexec", "noatime", "nodiratime"])
    func flags(_ flag: String) throws {
        try container { c throws in
            try c.file("volume/file", "")
            c.config["mounts"].append(bind(c, .string(flag)))
            #expect(try c.sh("grep ' /mnt ' /proc/self/mountinfo | cut -d ' ' -f 6 | tr ',' '\\n'").split(separator: "\n").contains(Substring(flag)))
        }
    }

    @Test("config.md#mounts: options that are no flags are the file system's data")
    func data() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/mnt", "type": "tmpfs", "source": "made", "options": ["size=64k", "mode=1700", "uid=7"]])
            try c.sh("stat -c '%a %u' /mnt; df -k /mnt | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2", prints: "1700 7\n64")
        }
    }

    @Test("runc run: a tmpfs without a mode has the mode of the directory below it")
    func modeOfTheDirectory() throws {
        try container { c throws in
            try makeDirectories("\(c.rootfs)/below", mode: 0o750)
            c.config["mounts"].append(["destination": "/below", "type": "tmpfs", "source": "made"])
            try c.sh("stat -c %a /below", prints: "750")
        }
    }

    @Test("config.md#linux-mounts: rbind brings what is mounted below the source, bind does not", arguments: [("bind", ""), ("rbind", "inner")])
    func recursive(_ option: String, _ expected: String) throws {
        try container { c throws in
            try makeDirectories("\(c.scratch)/volume/below")
            c.config["mounts"].append(["destination": "/mnt", "type": "bind", "source": .string("\(c.scratch)/volume"), "options": [.string(option)]])
            c.config["process"]["args"] = ["sh", "-c", "cat /mnt/below/file 2>/dev/null || true"]
            #expect(try outcome(c, below: "mount -t tmpfs t volume/below && echo inner > volume/below/file").line == expected)
        }
    }

    @Test(
        "config.md#linux-mounts: with rbind and ro what is mounted below can still be written; with rro it cannot", arguments: [("ro", "written"), ("rro", "")])
    func recursiveReadOnly(_ option: String, _ expected: String) throws {
        try container { c throws in
            try makeDirectories("\(c.scratch)/volume/below")
            let source = JSON.string("\(c.scratch)/volume")
            c.config["mounts"].append(["destination": "/mnt", "type": "bind", "source": source, "options": ["rbind", .string(option)]])
            c.config["process"]["args"] = ["sh", "-c", "! touch /mnt/x 2>/dev/null && touch /mnt/below/x 2>/dev/null && echo written || true"]
            #expect(try outcome(c, below: "mount -t tmpfs t volume/below").line == expected)
        }
    }

    @Test("config.md#linux-mounts: the propagation of a mount", arguments: [("rshared", "shared:"), ("rslave", "master:"), ("rprivate", "")])
    func propagation(_ option: String, _ expected: String) throws {
        try container { c throws in
            try makeDirectories("\(c.scratch)/volume")
            c.config["mounts"].append(bind(c, .string(option)))
            c.config["process"]["args"] = ["sh", "-c", "grep ' /mnt ' /proc/self/mountinfo"]
            let outcome = try outcome(c, below: "mount -t tmpfs t volume && mount --make-shared volume")
            let tags = Conformance.propagation(outcome.output[...])
            #expect(outcome.code == 0 && (expected == "" ? tags == "" : tags.contains(expected)), "\(outcome)")
        }
    }

    @Test("config.md#linux-mounts: tmpcopyup shows in the tmpfs what was at its destination")
    func copyUp() throws {
        try container { c throws in
            try c.file("bundle/rootfs/data/file", "text\n", mode: 0o640)
            c.config["mounts"].append(["destination": "/data", "type": "tmpfs", "source": "made", "options": ["tmpcopyup"]])
            try c.sh("stat -f -c %T /data; cat /data/file; stat -c %a /data/file; echo new > /data/new", prints: "tmpfs\ntext\n640")
            #expect(!fileExists("\(c.rootfs)/data/new"))
        }
    }

    @Test("config.md#posix-platform-mounts: uidMappings and gidMappings show other owners (idmap)")
    func idMapped() throws {
        try container { c throws in
            let path = try c.file("volume/file", "")
            try host("chown", "1000:1000", path)
            var mount = bind(c)
            mount["uidMappings"] = [["containerID": 1000, "hostID": 7000, "size": 1]]
            mount["gidMappings"] = [["containerID": 1000, "hostID": 8000, "size": 1]]
            c.config["mounts"].append(mount)
            try c.sh("stat -c %u:%g /mnt/file", prints: "7000:8000")
        }
    }

    @Test("config.md#mounts: a file system that there is not is an error")
    func unknownType() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/mnt", "type": "no-such-filesystem", "source": "x"])
            try c.isRefused()
        }
    }

    @Test("runc run: a link of the root file system as a destination is followed inside the root")
    func linkedDestination() throws {
        try container { c throws in
            _ = unsafe symlink("/mnt", "\(c.rootfs)/link")
            c.config["mounts"].append(["destination": "/link", "type": "tmpfs", "source": "made"])
            try c.sh("stat -f -c %T /mnt", prints: "tmpfs")
        }
    }

    @Test("config-linux.md#default-filesystems: proc, sysfs, devpts and mqueue can be mounted")
    func kernelFileSystems() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]])
            let types = try c.sh("cut -d ' ' -f 1-99 /proc/self/mountinfo | sed 's/.* - //' | cut -d ' ' -f 1 | sort -u").split(separator: "\n")
            #expect(Set(types).isSuperset(of: ["proc", "sysfs", "devpts", "mqueue", "tmpfs"]), "\(types)")
        }
    }

    @Test("runc run: with a cgroup namespace a cgroup mount shows the container's own cgroups, read-only with ro")
    func cgroupMount() throws {
        try container { c throws in
            c.config["linux"]["namespaces"].append(["type": "cgroup"])
            c.config["mounts"].append(["destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]])
            let script =
                "p=$(ls -d /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null); grep -x 1 $p; mkdir ${p%/*}/x 2>&1 | grep -c Read-only"
            try c.sh(script, prints: "1\n1")
        }
    }

    /// Runs the container out of a mount namespace in which a script has mounted something below the case's directory.
    private func outcome(_ c: Container, below script: String) throws -> Outcome {
        try c.writeConfig()
        let words = ["sh", "-c", "\(script) && exec \"$@\"", "sh", Runtime.path, "--root", c.root, "run", "--bundle", c.bundle, c.id]
        return try Program(["unshare", "-m"] + words, directory: c.scratch).wait()
    }
}

/// The propagation tags in a line of mountinfo.
func propagation(_ line: Substring) -> String {
    line.split(separator: " ").dropFirst(6).prefix { $0 != "-" }.joined(separator: " ")
}
