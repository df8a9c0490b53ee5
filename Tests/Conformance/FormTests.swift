import Glibc
import LinuxSystem
import Testing

/// runc's command line: global flags, the form of errors, `spec` and `features`.
@Suite("Command line") struct FormTests {
    @Test("runc: --version and -v name the version and the specification's", arguments: ["--version", "-v"])
    func version(_ flag: String) throws {
        let outcome = try Runtime.call(flag)
        let lines = outcome.output.split(separator: "\n")
        #expect(outcome.code == 0 && lines.first?.contains(" version ") ?? false && lines.contains { $0.hasPrefix("spec: 1.") }, "\(outcome)")
    }

    @Test("runc: --help and help list the commands", arguments: ["--help", "-h", "help"])
    func help(_ word: String) throws {
        let outcome = try Runtime.call(word)
        #expect(outcome.code == 0)
        for command in ["create", "start", "state", "kill", "delete", "exec", "run", "list", "ps", "pause", "resume", "update", "events", "spec", "features"] {
            #expect(outcome.output.contains("\n") && outcome.output.split { " \n,".contains($0) }.contains(Substring(command)), "\(command)")
        }
    }

    @Test(
        "runc: COMMAND --help explains the command", arguments: ["create", "run", "exec", "kill", "delete", "list", "update", "events", "ps", "spec", "state"])
    func commandHelp(_ command: String) throws {
        let outcome = try Runtime.call(command, "--help")
        #expect(outcome.code == 0 && outcome.output.contains(command), "\(outcome)")
    }

    @Test("runc: a command that there is not is an error")
    func unknownCommand() throws {
        let outcome = try Runtime.call("frobnicate")
        #expect(outcome.code > 0 && (outcome.errorOutput + outcome.output).contains("frobnicate"), "\(outcome)")
    }

    @Test("runc: a flag that there is not is an error", arguments: [["--frobnicate", "list"], ["list", "--frobnicate"]])
    func unknownFlag(_ arguments: [String]) throws {
        let outcome = try Program([Runtime.path] + arguments).wait()
        #expect(outcome.code > 0 && (outcome.errorOutput + outcome.output).contains("frobnicate"), "\(outcome)")
    }

    @Test("runc: an error on stderr is a line of key=value with level=error and a quoted msg")
    func errorOnStderr() throws {
        try container { c throws in
            let line = try c.refused("state", c.id).errorOutput
            #expect(line.hasPrefix("time=\"") && line.contains(" level=error msg=\"") && line.hasSuffix("\"\n"), "\(line)")
        }
    }

    @Test("runc: --log FILE gets that line, appended, and stderr the message")
    func logFile() throws {
        try container { c throws in
            try c.file("log", "before\n")
            let outcome = try c.refused("--log", "\(c.scratch)/log", "state", c.id)
            let lines = (c.text("log") ?? "").split(separator: "\n")
            #expect(lines.count == 2 && lines[0] == "before" && lines[1].contains(" level=error msg=\""), "\(lines)")
            #expect(outcome.errorOutput.contains("does not exist"), "\(outcome)")
        }
    }

    @Test("runc: --log-format json makes it an object with level, msg and time")
    func logAsJSON() throws {
        try container { c throws in
            try c.refused("--log", "\(c.scratch)/log", "--log-format", "json", "state", c.id)
            let record = try JSON(parsing: c.text("log") ?? "")
            #expect(record["level"].string == "error" && record["msg"].string?.contains("does not exist") ?? false && record["time"].string != nil, "\(record)")
        }
    }

    @Test("runc: what create says of the program goes to the log, as engines read it")
    func createErrorInTheLog() throws {
        try container { c throws in
            c.config["process"]["args"] = ["no-such-program"]
            try c.writeConfig()
            try c.refused("--log", "\(c.scratch)/log", "--log-format", "json", "run", "--bundle", c.bundle, c.id)
            let last = (c.text("log") ?? "").split(separator: "\n").last ?? ""
            let message = try JSON(parsing: String(last))["msg"].string ?? ""
            #expect(message.contains("executable file not found in $PATH") && message.contains("no-such-program"), "\(message)")
        }
    }

    @Test("runc: an unknown --log-format is an error")
    func logFormat() throws { try container { c throws in try c.refused("--log-format", "xml", "list") } }

    @Test("runc: --debug adds lines of level debug to the log")
    func debug() throws {
        try container { c throws in
            try c.writeConfig()
            #expect(try c.call("--debug", "--log", "\(c.scratch)/log", "run", "--bundle", c.bundle, c.id).code == 0)
            #expect(c.text("log")?.contains("level=debug") ?? false)
        }
    }

    @Test("runc: a success writes nothing to the log and to stderr")
    func quiet() throws {
        try container { c throws in
            try c.writeConfig()
            let outcome = try c.call("--log", "\(c.scratch)/log", "create", "--bundle", c.bundle, c.id)
            #expect(outcome == Outcome(output: "", errorOutput: "", code: 0) && c.text("log") ?? "" == "")
        }
    }

    @Test("runc: --rootless takes true, false and auto only")
    func rootless() throws {
        try container { c throws in
            try c.writeConfig()
            for value in ["true", "false", "auto"] { try c.must("--rootless", value, "run", "--bundle", c.bundle, c.id) }
            try c.refused("--rootless", "perhaps", "run", "--bundle", c.bundle, c.id)
        }
    }

    @Test("runc: flags may be written --flag=value, and with one dash")
    func flagForms() throws {
        try container { c throws in
            try c.create()
            #expect(try Program([Runtime.path, "--root=\(c.root)", "list", "-q"]).wait().output == "\(c.id)\n")
            #expect(try Program([Runtime.path, "-root", c.root, "list", "--format=json"]).wait().output.contains(c.id))
        }
    }

    @Test(
        "runc --systemd-cgroup: without a systemd it is an error that says so",
        .requires(Requirement(holds: !fileExists("/run/systemd/system"), reason: "systemd runs here")))
    func systemd() throws {
        try container { c throws in
            c.config["linux"]["cgroupsPath"] = .string("system.slice:apus:\(c.id)")
            try c.writeConfig()
            let outcome = try c.refused("--systemd-cgroup", "run", "--bundle", c.bundle, c.id)
            #expect(outcome.errorOutput.contains("systemd"), "\(outcome)")
        }
    }

    @Test("runc spec: it writes a config.json that runs")
    func spec() throws {
        try container { c throws in
            try c.must("spec", "--bundle", c.bundle)
            c.config = try JSON(parsing: c.text("bundle/config.json") ?? "")
            #expect(c.config["ociVersion"].string != nil && c.config["process"]["args"].strings == ["sh"] && c.config["root"]["readonly"].bool == true)
            #expect(Set(c.config["linux"]["namespaces"].array.compactMap { $0["type"].string }).isSuperset(of: ["pid", "network", "ipc", "uts", "mount"]))
            c.config["process"]["terminal"] = false
            // A hard limit is not to be raised here.
            c.config["process"]["rlimits"] = nil
            try c.sh("echo here", prints: "here")
        }
    }

    @Test("runc spec: it does not write over a config.json")
    func specExists() throws {
        try container { c throws in
            try c.file("bundle/config.json", "kept")
            try c.refused("spec", "--bundle", c.bundle)
            #expect(c.text("bundle/config.json") == "kept")
        }
    }

    @Test("runc spec: --rootless has a user namespace with the caller's mapping, and no network of its own")
    func specRootless() throws {
        try container { c throws in
            try c.must("spec", "--rootless", "--bundle", c.bundle)
            let config = try JSON(parsing: c.text("bundle/config.json") ?? "")
            let types = Set(config["linux"]["namespaces"].array.compactMap { $0["type"].string })
            #expect(types.contains("user") && !types.contains("network"), "\(types)")
            #expect(config["linux"]["uidMappings"][0]["hostID"].integer == Int(getuid()) && config["linux"]["uidMappings"][0]["containerID"].integer == 0)
        }
    }

    private func features() throws -> JSON {
        let outcome = try Runtime.call("features")
        #expect(outcome.code == 0, "\(outcome)")
        return try JSON(parsing: outcome.output)
    }

    @Test("features.md: the versions, from the least to the greatest")
    func featureVersions() throws {
        let features = try features()
        #expect(features["ociVersionMin"].string?.hasPrefix("1.0") ?? false && features["ociVersionMax"].string?.hasPrefix("1.") ?? false, "\(features)")
    }

    @Test("features.md: the six hooks")
    func featureHooks() throws {
        #expect(try Set(features()["hooks"].strings) == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"])
    }

    @Test("features.md#mount-options: the mount options")
    func featureMountOptions() throws {
        #expect(
            try Set(features()["mountOptions"].strings).isSuperset(of: [
                "bind", "rbind", "ro", "rro", "nosuid", "noexec", "nodev", "rslave", "rshared", "tmpcopyup",
            ]))
    }

    @Test("features-linux.md: namespaces and capabilities of the kernel")
    func featureLinux() throws {
        let linux = try features()["linux"]
        #expect(Set(linux["namespaces"].strings).isSuperset(of: ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"]), "\(linux["namespaces"])")
        #expect(Set(linux["capabilities"].strings).isSuperset(of: ["CAP_CHOWN", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"]), "\(linux["capabilities"])")
    }

    @Test("features-linux.md#cgroup: the two versions, systemd, and others by name")
    func featureCgroup() throws {
        let cgroup = try features()["linux"]["cgroup"]
        #expect(cgroup["v1"].bool != nil && cgroup["v2"].bool == true && cgroup["systemd"].bool != nil && cgroup["systemdUser"].bool != nil, "\(cgroup)")
    }

    @Test("features-linux.md#seccomp: actions, operators and architectures")
    func featureSeccomp() throws {
        let seccomp = try features()["linux"]["seccomp"]
        #expect(seccomp["enabled"].bool == true)
        #expect(Set(seccomp["actions"].strings).isSuperset(of: ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_NOTIFY"]))
        #expect(Set(seccomp["operators"].strings).isSuperset(of: ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"]))
        #expect(seccomp["archs"].strings.contains("SCMP_ARCH_X86_64"))
    }

    @Test("features-linux.md: apparmor, selinux, intelRdt and mountExtensions.idmap say whether, each")
    func featureModules() throws {
        let linux = try features()["linux"]
        #expect(linux["apparmor"]["enabled"].bool != nil && linux["selinux"]["enabled"].bool != nil, "\(linux.keys)")
        #expect(linux["intelRdt"]["enabled"].bool != nil && linux["mountExtensions"]["idmap"]["enabled"].bool != nil, "\(linux.keys)")
    }
}
