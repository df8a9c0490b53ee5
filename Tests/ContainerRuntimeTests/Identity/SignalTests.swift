import ContainerRuntime
import LinuxSystem
import Testing

@Suite struct SignalTests {
    @Test(arguments: [
        ("SIGTERM", 15), ("TERM", 15), ("term", 15), ("15", 15), ("SIGKILL", 9), ("RTMIN", 34), ("RTMIN+3", 37), ("SIGRTMAX", 64), ("sigrtmax-1", 63),
        ("RTMAX-30", 34), ("IOT", 6), ("CLD", 17), ("64", 64), ("SYS", 31),
    ])
    func namesAndNumbers(text: String, number: Int32) throws { #expect(try Signal(text).number == number) }

    @Test(arguments: ["", "0", "65", "-9", "SIG", "SIGFOO", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMIN+", "RTMIN++1", "9 ", "999999999999", "SIGSIGTERM"])
    func wrongOnesGetASentence(text: String) {
        #expect(throws: ApusError(.invalidArgument, "invalid signal: \(text)")) { try Signal(text) }
    }

    @Test func everyNumberReadsBack() throws {
        for number in Int32(1)...64 {
            let signal = try #require(Signal(number: number))
            #expect(try Signal(signal.description) == signal)
        }
        #expect(Signal.terminate.description == "SIGTERM" && Signal(number: 6)?.description == "SIGABRT" && Signal(number: 63)?.description == "SIGRTMAX-1")
    }
}

@Suite struct ResourceLimitKindTests {
    @Test func namesAndNumbers() {
        #expect(ResourceLimitKind(ociName: "RLIMIT_NOFILE")?.rawValue == 7)
        #expect(ResourceLimitKind(ociName: "RLIMIT_AS")?.rawValue == 9)
        #expect(ResourceLimitKind(flagName: "rttime")?.rawValue == 15)
        #expect(ResourceLimitKind(flagName: "as") == nil && ResourceLimitKind(flagName: "NOFILE") == nil && ResourceLimitKind(ociName: "nofile") == nil)
        for kind in ResourceLimitKind.allCases { #expect(ResourceLimitKind(ociName: kind.ociName) == kind) }
    }
}

@Suite struct SysctlTests {
    @Test(arguments: [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"), ("kernel.msgmax", "kernel/msgmax"),
        ("fs.mqueue.msg_max", "fs/mqueue/msg_max"), ("kernel.domainname", "kernel/domainname"),
    ])
    func namespacedOnesAreFound(name: String, path: String) throws { #expect(try Sysctl(name: name).path == path) }

    @Test(arguments: [
        "kernel.core_pattern", "vm.swappiness", "net", "net.", "", ".", "net/../kernel/core_pattern", "net.//.kernel", "net..x", "fs.mqueue", "kernel.msgmax.x",
        "net/a\u{0}b",
    ])
    func othersAreRefused(name: String) {
        #expect(throws: ApusError(.invalidArgument, "sysctl '\(name)' is not allowed", hint: "only parameters of a container's own namespaces are")) {
            try Sysctl(name: name)
        }
    }

    @Test func theHostNameHasItsOwnField() {
        #expect(
            throws: ApusError(
                .invalidArgument, "sysctl 'kernel.hostname' is not allowed", hint: "set the host name with --hostname, or hostname in config.json")
        ) {
            try Sysctl(name: "kernel.hostname")
        }
    }

    @Test func flagsNeedAValue() throws {
        let flag = try Sysctl.parse(flag: "net.core.somaxconn=1=2")
        #expect(flag.sysctl.path == "net/core/somaxconn" && flag.value == "1=2")
        #expect(throws: ApusError(.invalidArgument, "sysctl 'net.core.somaxconn' is not allowed", hint: "write it as name=value")) {
            try Sysctl.parse(flag: "net.core.somaxconn")
        }
    }

    @Test func theNamespaceMustBeTheContainersOwn() throws {
        let sysctl = try Sysctl(name: "net.core.somaxconn")
        try sysctl.validate(ownNetwork: true, ownIPC: false, ownUTS: false)
        #expect(throws: ApusError(.invalidArgument, "sysctl 'net/core/somaxconn' is not allowed in the host's network namespace")) {
            try sysctl.validate(ownNetwork: false, ownIPC: true, ownUTS: true)
        }
        #expect(throws: ApusError.self) { try Sysctl(name: "kernel.sem").validate(ownNetwork: true, ownIPC: false, ownUTS: true) }
    }
}
