import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

extension ContainerFlags {
    /// The request of `run IMAGE [COMMAND] [ARG...]` or `create …`.
    ///
    /// - Throws: `ApusError` for a value that is wrong.
    static func request(_ parsed: ParsedCommand, _ engine: Engine) throws(ApusError) -> CreateRequest {
        var settings = ContainerSettings()
        settings.hostname = parsed[hostname]
        settings.domainname = parsed[domainname]
        settings.env = try KeyValues.environment(files: parsed[envFile], entries: parsed[env])
        settings.labels = try KeyValues.labels(files: parsed[labelFile], entries: parsed[label])
        settings.groupAdd = parsed[groupAdd]
        settings.tty = parsed[tty]
        settings.openStdin = parsed[interactive]
        settings.stopSignal = parsed[stopSignal]
        settings.stopTimeout = parsed[stopTimeout]
        settings.mounts = try MountFlag.settings(volumes: parsed[volume], mounts: parsed[mount], tmpfs: parsed[tmpfs])
        settings.readOnly = parsed[readOnly]
        try LimitFlags.apply(parsed, to: &settings.resources)
        for text in parsed[ulimit] { settings.ulimits.append(try Ulimit.parse(text)) }
        settings.capAdd = parsed[capAdd]
        settings.capDrop = parsed[capDrop]
        settings.securityOptions = parsed[securityOpt]
        settings.privileged = parsed[privileged]
        for text in parsed[device] { settings.devices.append(try DeviceFlag.setting(text)) }
        try NetworkFlags.apply(parsed, to: &settings, engine: engine)
        settings.useInit = parsed[useInit]
        settings.autoRemove = parsed[remove]
        settings.shmSize = parsed[shmSize]
        for text in parsed[sysctl] {
            _ = try Sysctl.parse(flag: text)
            let sign = text.firstIndex(of: "=") ?? text.endIndex
            settings.sysctls[String(text[..<sign])] = String(text[sign...].dropFirst())
        }
        if let score = parsed[oomScoreAdj] {
            guard (-1000...1000).contains(score) else {
                throw ApusError(.invalidArgument, "invalid value \(score), range for oom score adj is [-1000, 1000]")
            }
            settings.oomScoreAdj = score
        }
        settings.cgroupParent = parsed[cgroupParent]
        var request = CreateRequest(image: parsed.positionals[0], command: Array(parsed.positionals.dropFirst()), settings: settings)
        request.name = parsed[name]
        request.platform = parsed[platform]
        request.entrypoint = parsed[entrypoint]
        request.workingDirectory = parsed[workdir]
        request.user = parsed[user]
        return request
    }
}
