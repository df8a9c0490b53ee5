import CommandLine
import ContainerRuntime
import LinuxSystem

/// `apus-runtime create`.
enum Create {
    static let flags: [any DeclaredFlag] = [
        RuntimeFlags.bundle, RuntimeFlags.config, RuntimeFlags.consoleSocket, RuntimeFlags.pidfdSocket, RuntimeFlags.pidFile, RuntimeFlags.noPivot,
        RuntimeFlags.noNewKeyring,
        RuntimeFlags.preserveFDs,
    ]

    static let command = Command(
        "create", abstract: "Create a container", positionals: "ID", flags: flags,
        action: { parsed in
            let log = try RuntimeLog(parsed)
            log.debug(.setup, parsed.positionals[0])
            let launched = try ContainerCreation.create(
                parsed.positionals[0], in: RuntimeFlags.store(parsed), try options(parsed), complain: RuntimeFlags.complaint(parsed))
            log.debug(.cloned, "pid \(launched.pid)")
            log.debug(.ready, "\(parsed.positionals[0]) is created")
            return 0
        })

    /// The options of `create` and `run`.
    static func options(_ parsed: ParsedCommand) throws(ApusError) -> CreationOptions {
        var options = CreationOptions()
        options.bundle = parsed[RuntimeFlags.bundle]
        options.consoleSocket = RuntimeFlags.text(parsed, RuntimeFlags.consoleSocket)
        options.pidfdSocket = RuntimeFlags.text(parsed, RuntimeFlags.pidfdSocket)
        options.pidFile = RuntimeFlags.text(parsed, RuntimeFlags.pidFile)
        options.preservedDescriptors = parsed[RuntimeFlags.preserveFDs]
        options.pivots = !parsed[RuntimeFlags.noPivot]
        options.makesKeyring = !parsed[RuntimeFlags.noNewKeyring]
        options.config = RuntimeFlags.text(parsed, RuntimeFlags.config)
        options.systemdCgroup = try RuntimeFlags.wantsSystemd(parsed)
        options.rootless = try RuntimeFlags.isRootless(parsed)
        return options
    }
}

/// `apus-runtime start`.
enum Start {
    static let command = Command(
        "start", abstract: "Execute the user defined process in a created container", positionals: "ID",
        action: { parsed in
            try RuntimeFlags.container(parsed).start()
            return 0
        })
}
