import Testing

/// config.md, `process.capabilities`.
@Suite("Capabilities") struct CapabilityTests {
    private static let kill = 1 << 5
    private static let chown = 1 << 0
    private static let bindService = 1 << 10

    private func sets(_ capabilities: JSON, user: Int = 0) throws -> [String: Int] {
        var sets: [String: Int] = [:]
        try container { c throws in
            c.config["process"]["capabilities"] = capabilities
            c.config["process"]["user"] = ["uid": .integer(user), "gid": .integer(user)]
            for line in try c.sh("grep ^Cap /proc/self/status").split(separator: "\n") {
                sets[String(line.prefix(6).dropFirst(3))] = Int(line.split(separator: "\t")[1], radix: 16)
            }
        }
        return sets
    }

    @Test("config.md#linux-process: each of the five sets is as given")
    func eachSet() throws {
        let sets = try sets(
            [
                "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"], "permitted": ["CAP_CHOWN", "CAP_KILL"],
                "effective": ["CAP_CHOWN", "CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"],
            ], user: 1000)
        #expect(sets["Bnd"] == Self.chown | Self.kill | Self.bindService)
        // After execve(2) of a program without file capabilities a user other than 0 keeps what is ambient.
        #expect(sets["Inh"] == Self.kill && sets["Amb"] == Self.kill && sets["Prm"] == Self.kill && sets["Eff"] == Self.kill, "\(sets)")
    }

    @Test("config.md#linux-process: for root the bounding set is the limit of what the program has")
    func root() throws {
        let list: JSON = ["CAP_CHOWN", "CAP_KILL"]
        let sets = try sets(["bounding": list, "permitted": list, "effective": list])
        #expect(sets["Eff"] == Self.chown | Self.kill && sets["Prm"] == Self.chown | Self.kill && sets["Inh"] == 0 && sets["Amb"] == 0, "\(sets)")
    }

    @Test("config.md#linux-process: without capabilities there are none")
    func none() throws {
        let sets = try sets(nil)
        #expect(sets == ["Inh": 0, "Prm": 0, "Eff": 0, "Bnd": 0, "Amb": 0])
    }

    @Test("config.md#linux-process: a user other than root has none without ambient ones")
    func user() throws {
        let list: JSON = ["CAP_CHOWN", "CAP_KILL"]
        let sets = try sets(["bounding": list, "permitted": list, "effective": list], user: 1000)
        #expect(sets["Eff"] == 0 && sets["Prm"] == 0 && sets["Bnd"] == Self.chown | Self.kill, "\(sets)")
    }

    @Test("config.md#linux-process: a capability that there is not is left out, with a warning")
    func unknown() throws {
        try container { c throws in
            for set in ["bounding", "effective", "permitted"] { c.config["process"]["capabilities"][set].append("CAP_NO_SUCH") }
            try c.writeConfig()
            let outcome = try c.call("--log", "\(c.scratch)/log", "run", "--bundle", c.bundle, c.id)
            #expect(outcome.code == 0, "\(outcome)")
            #expect(c.text("log")?.contains("CAP_NO_SUCH") ?? false, "\(String(describing: c.text("log")))")
        }
    }
}
