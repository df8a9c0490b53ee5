import Glibc
import LinuxSystem
import Testing

/// runtime.md, the operation `create`.
@Suite("Create") struct CreateTests {
    @Test("runtime.md#create: without an id it is an error")
    func needsAnID() throws {
        try container { c throws in
            try c.writeConfig()
            try c.refused("create", "--bundle", c.bundle)
        }
    }

    @Test("runtime.md#create: a bundle that is not there is an error, and no container comes of it")
    func needsABundle() throws {
        try container { c throws in
            try c.refused("create", "--bundle", "\(c.scratch)/nowhere", c.id)
            try c.refused("state", c.id)
        }
    }

    @Test("bundle.md: a bundle without config.json is an error")
    func needsAConfig() throws { try container { c throws in try c.refused("create", "--bundle", c.bundle, c.id) } }

    @Test("config.md: a config.json that is not JSON is an error")
    func configIsJSON() throws {
        try container { c throws in
            try c.file("bundle/config.json", "{\"ociVersion\": ")
            try c.refused("create", "--bundle", c.bundle, c.id)
            try c.refused("state", c.id)
        }
    }

    @Test("runtime.md#create: an id that is taken is an error, and its container stays as it was")
    func idIsUnique() throws {
        try container { c throws in
            try c.create()
            let before = try c.state()
            try c.refused("create", "--bundle", c.bundle, c.id)
            #expect(try c.state() == before)
        }
    }

    @Test("runtime.md#create: an id that could leave the runtime's root directory is an error", arguments: ["", "..", "../escape", "a/b", "a b", "a\nb"])
    func invalidID(_ id: String) throws {
        try container { c throws in
            try c.writeConfig()
            try c.refused("create", "--bundle", c.bundle, id)
            #expect(try listDirectory(c.root) == [])
        }
    }

    @Test("runc create: letters, digits and _ + - . make an id")
    func validID() throws {
        try container { c throws in
            try c.writeConfig()
            let id = "\(c.other())_A+b-c.9"
            try c.must("create", "--bundle", c.bundle, id)
            try c.must("delete", "--force", id)
        }
    }

    @Test("runtime.md#create: the program does not run before start")
    func programWaits() throws {
        try container { c throws in
            c.config["process"]["args"] = ["touch", "/ran"]
            try c.create()
            usleep(200_000)
            #expect(!fileExists("\(c.rootfs)/ran"))
            try c.start()
            #expect(try eventually { try c.status() == "stopped" })
            #expect(fileExists("\(c.rootfs)/ran"))
        }
    }

    @Test("runtime.md#create: config.json changed after create changes nothing")
    func configIsReadOnce() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "echo first > /which"]
            try c.create()
            c.config["process"]["args"] = ["sh", "-c", "echo second > /which"]
            try c.writeConfig()
            try c.start()
            #expect(try eventually { try c.status() == "stopped" })
            #expect(c.text("bundle/rootfs/which") == "first")
        }
    }

    @Test("runtime.md#create: the environment is made at create: namespaces and mounts are there")
    func environmentIsMade() throws {
        try container { c throws in
            c.config["mounts"].append(["destination": "/mnt", "type": "tmpfs", "source": "made"])
            try c.create()
            #expect(try c.namespace("uts") != readLink("/proc/self/ns/uts"))
            #expect(try readText("/proc/\(c.pid())/mountinfo").contains(" - tmpfs made "))
        }
    }

    @Test("config.md#specification-version: these versions are known", arguments: ["1.0.0", "1.0.2-dev", "1.1.0", "1.3.0"])
    func knownVersion(_ version: String) throws {
        try container { c throws in
            c.config["ociVersion"] = .string(version)
            #expect(try c.run().code == 0)
        }
    }

    @Test("config.md#specification-version: a version that is none is an error")
    func versionIsSemantic() throws {
        try container { c throws in
            c.config["ociVersion"] = "newest"
            try c.isRefused()
        }
    }

    @Test("config.md#extensibility: a property that is not known is ignored")
    func unknownProperty() throws {
        try container { c throws in
            c.config["org.example.unknown"] = ["a": [1, 2]]
            c.config["linux"]["unknown"] = "x"
            c.config["process"]["unknown"] = true
            #expect(try c.run().code == 0)
        }
    }

    @Test("config.md#valid-values: a property of a wrong type is an error")
    func wrongType() throws {
        try container { c throws in
            c.config["process"]["args"] = "sh"
            try c.isRefused()
        }
    }

    @Test("config.md#process: without a process, create or start is an error")
    func needsAProcess() throws {
        try container { c throws in
            c.config["process"] = nil
            try c.isRefused()
        }
    }

    @Test("config.md#process: without an argument it is an error")
    func needsAnArgument() throws {
        try container { c throws in
            c.config["process"]["args"] = []
            try c.isRefused()
        }
    }

    @Test("runc create: --pid-file holds the pid that state names, without a line feed")
    func pidFile() throws {
        try container { c throws in
            try c.create("--pid-file", "\(c.scratch)/pid")
            #expect(try c.text("pid") == "\(c.pid())")
        }
    }

    @Test("runc create: the bundle is the current directory where --bundle is not given")
    func bundleIsTheCurrentDirectory() throws {
        try container { c throws in
            try c.writeConfig()
            #expect(try c.call(["create", c.id], directory: c.bundle).code == 0)
            #expect(try c.status() == "created")
        }
    }

    @Test("runc create: -b takes a relative path")
    func relativeBundle() throws {
        try container { c throws in
            try c.writeConfig()
            #expect(try c.call(["create", "-b", "./bundle", c.id]).code == 0)
            #expect(try c.state()["bundle"].string == c.bundle)
        }
    }

    @Test("runtime.md#errors: a create that fails leaves nothing, and its id is free")
    func failedCreateLeavesNothing() throws {
        try container { c throws in
            let mounts = c.config["mounts"]
            c.config["mounts"].append(["destination": "/mnt", "type": "no-such-filesystem", "source": "x"])
            try c.isRefused()
            #expect(c.leftovers() == [])
            #expect(try listDirectory(c.root) == [])
            c.config["mounts"] = mounts
            try c.create()
        }
    }

    @Test("runtime.md#create: an argument too many is an error")
    func tooManyArguments() throws {
        try container { c throws in
            try c.writeConfig()
            try c.refused("create", "--bundle", c.bundle, c.id, "another")
        }
    }
}
