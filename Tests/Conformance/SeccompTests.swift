import Glibc
import LinuxSystem
import Testing

/// config-linux.md, `seccomp`.
@Suite("Seccomp") struct SeccompTests {
    /// A profile that allows everything but these rules.
    private func profile(_ rules: JSON...) -> JSON { ["defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": .array(rules)] }

    private let makeDirectory: JSON = ["mkdir", "mkdirat"]

    @Test("config-linux.md#seccomp: the filter is in force, and it is mode 2")
    func mode() throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": ["reboot"], "action": "SCMP_ACT_ERRNO"])
            try c.sh("grep '^Seccomp:' /proc/self/status | cut -f 2", prints: "2")
        }
    }

    @Test("config-linux.md#seccomp: without it there is no filter")
    func none() throws { try container { c in try c.sh("grep '^Seccomp:' /proc/self/status | cut -f 2", prints: "0") } }

    @Test("config-linux.md#seccomp: ERRNO answers EPERM, or errnoRet", arguments: [(nil, "Operation not permitted"), (28, "No space left on device")])
    func errno(_ number: Int?, _ expected: String) throws {
        try container { c throws in
            var rule: JSON = ["names": makeDirectory, "action": "SCMP_ACT_ERRNO"]
            if let number { rule["errnoRet"] = .integer(number) }
            c.config["linux"]["seccomp"] = profile(rule)
            #expect(try c.sh("mkdir /x 2>&1 || true").contains(expected))
        }
    }

    @Test("config-linux.md#seccomp: defaultErrnoRet is what the default action ERRNO answers")
    func defaultErrno() throws {
        try container { c throws in
            let rest: JSON = try allCalls()
            c.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 28, "architectures": ["SCMP_ARCH_X86_64"],
                "syscalls": [["names": .array(rest.array.filter { !makeDirectory.array.contains($0) }), "action": "SCMP_ACT_ALLOW"]],
            ]
            #expect(try c.sh("mkdir /x 2>&1 || true").contains("No space left on device"))
        }
    }

    @Test(
        "config-linux.md#seccomp: KILL, KILL_THREAD, KILL_PROCESS and TRAP end the program by SIGSYS",
        arguments: ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"])
    func kills(_ action: String) throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": .string(action)])
            #expect(try c.sh("mkdir /x; echo $?").hasSuffix("159"))
        }
    }

    @Test("config-linux.md#seccomp: LOG and ALLOW let the call through", arguments: ["SCMP_ACT_LOG", "SCMP_ACT_ALLOW"])
    func letsThrough(_ action: String) throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": .string(action)], ["names": ["reboot"], "action": "SCMP_ACT_ERRNO"])
            try c.sh("mkdir /x && echo made", prints: "made")
        }
    }

    @Test(
        "config-linux.md#seccomp: an argument is compared",
        arguments: [
            ("SCMP_CMP_EQ", 0o700, 0, "700"), ("SCMP_CMP_NE", 0o700, 0, "600 701 755"), ("SCMP_CMP_LT", 0o700, 0, "600"), ("SCMP_CMP_LE", 0o700, 0, "600 700"),
            ("SCMP_CMP_GT", 0o700, 0, "701 755"), ("SCMP_CMP_GE", 0o700, 0, "700 701 755"), ("SCMP_CMP_MASKED_EQ", 0o001, 0o001, "701 755"),
        ])
    func arguments(_ comparison: String, _ value: Int, _ second: Int, _ refused: String) throws {
        try container { c throws in
            let rule: JSON = ["index": 1, "value": .integer(value), "valueTwo": .integer(second), "op": .string(comparison)]
            c.config["linux"]["seccomp"] = profile(["names": ["chmod"], "action": "SCMP_ACT_ERRNO", "args": [rule]])
            let found = try c.sh("touch /x; for m in 600 700 701 755; do chmod $m /x 2>/dev/null || echo $m; done")
            #expect(found == String(refused.map { $0 == " " ? "\n" : $0 }))
        }
    }

    @Test("config-linux.md#seccomp: several arguments of one rule must all match")
    func severalArguments() throws {
        try container { c throws in
            // mknodat(directory, path, mode, device): a FIFO's mode, and a device number that a FIFO does not have.
            let never: JSON = [["index": 2, "value": 0o010644, "op": "SCMP_CMP_EQ"], ["index": 3, "value": 77, "op": "SCMP_CMP_EQ"]]
            let always: JSON = [["index": 2, "value": 0o010600, "op": "SCMP_CMP_EQ"], ["index": 3, "value": 0, "op": "SCMP_CMP_EQ"]]
            let calls: JSON = ["mknodat"]
            c.config["linux"]["seccomp"] = profile(
                ["names": calls, "action": "SCMP_ACT_ERRNO", "args": never], ["names": calls, "action": "SCMP_ACT_ERRNO", "args": always])
            try c.sh("umask 0; for m in 644 600; do mknod -m $m /$m p 2>/dev/null || echo $m; done", prints: "600")
        }
    }

    @Test("config-linux.md#seccomp: a system call that there is not is passed over")
    func unknownCall() throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": ["no_such_call", "mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"])
            try c.sh("mkdir /x 2>/dev/null || echo refused", prints: "refused")
        }
    }

    @Test("config-linux.md#seccomp: an unknown action, operator or architecture is an error", arguments: ["action", "op", "architecture", "default"])
    func unknownWord(_ what: String) throws {
        try container { c throws in
            var rule: JSON = ["names": ["chmod"], "action": "SCMP_ACT_ERRNO"]
            if what == "action" { rule["action"] = "SCMP_ACT_NOSUCH" }
            if what == "op" { rule["args"] = [["index": 1, "value": 1, "op": "SCMP_CMP_NOSUCH"]] }
            c.config["linux"]["seccomp"] = profile(rule)
            if what == "architecture" { c.config["linux"]["seccomp"]["architectures"] = ["SCMP_ARCH_NOSUCH"] }
            if what == "default" { c.config["linux"]["seccomp"]["defaultAction"] = "SCMP_ACT_NOSUCH" }
            try c.isRefused()
        }
    }

    @Test(
        "config-linux.md#seccomp: the flags are known", arguments: ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"])
    func flags(_ flag: String) throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": "SCMP_ACT_ERRNO"])
            c.config["linux"]["seccomp"]["flags"] = [.string(flag)]
            try c.sh("mkdir /x 2>/dev/null || echo refused", prints: "refused")
        }
    }

    @Test("config-linux.md#seccomp: the filter holds for a user without privileges and for exec too")
    func holdsForExec() throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": "SCMP_ACT_ERRNO"])
            try c.launch()
            #expect(try c.exec(c.id, "mkdir", "/tmp/x").code == 1)
            #expect(try c.exec("--user", "1000:1000", c.id, "mkdir", "/tmp/x").errorOutput.contains("Operation not permitted"))
        }
    }

    @Test("config-linux.md#containerprocessstate: the listener gets the state, the metadata and the descriptor")
    func listener() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/l")
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": "SCMP_ACT_NOTIFY"])
            c.config["linux"]["seccomp"]["listenerPath"] = .string(socket.path)
            c.config["linux"]["seccomp"]["listenerMetadata"] = "some text"
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.writeConfig()
            // When the filter is set is the runtime's affair: at create or at start.
            let run = try c.begin(["run", "--detach", "--bundle", c.bundle, c.id])
            defer { if let outcome = try? run.wait(), outcome.code != 0 { Issue.record("\(outcome)") } }
            let (message, descriptors) = try socket.receive()
            let state = try JSON(parsing: message)
            #expect(state["ociVersion"].string != nil && state["metadata"].string == "some text" && state["state"]["id"].string == c.id, "\(message)")
            let index = state["fds"].strings.firstIndex(of: "seccompFd")
            #expect(index != nil && descriptors.count == state["fds"].array.count, "\(message)")
            #expect(state["state"]["bundle"].string == c.bundle, "\(message)")
            // The message can come before the runtime has the pid on record.
            #expect(try eventually { try c.status() == "running" && state["pid"].integer == c.pid() }, "\(message)")
            if let index { #expect(try readLink("/proc/self/fd/\(descriptors[index])").contains("seccomp")) }
        }
    }

    @Test("config-linux.md#seccomp: NOTIFY without a listenerPath is an error")
    func notifyWithoutListener() throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": "SCMP_ACT_NOTIFY"])
            try c.isRefused()
        }
    }

    @Test("config-linux.md#seccomp: a listenerPath where nobody listens is an error")
    func nobodyListens() throws {
        try container { c throws in
            c.config["linux"]["seccomp"] = profile(["names": makeDirectory, "action": "SCMP_ACT_NOTIFY"])
            c.config["linux"]["seccomp"]["listenerPath"] = .string("\(c.scratch)/nobody")
            try c.isRefused()
        }
    }

    /// Every call that the cases' programs can need.
    private func allCalls() throws -> JSON {
        let header = try readText("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
        return .array(header.split(separator: "\n").filter { $0.hasPrefix("#define __NR_") }.map { .string(String($0.dropFirst(13).split(separator: " ")[0])) })
    }
}
