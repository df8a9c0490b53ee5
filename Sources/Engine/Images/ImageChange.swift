import ContainerRuntime
import FoundationEssentials
public import LinuxSystem
public import OCISpec

/// One instruction of a Dockerfile that changes how an image is run, as `--change` of `commit` and `import` takes it.
public struct ImageChange: Sendable, Equatable {
    /// The instructions that Docker takes here.
    enum Instruction: String, CaseIterable {
        case cmd, entrypoint, env, expose, healthcheck, label, onbuild, stopsignal, user, volume, workdir
    }

    let instruction: Instruction
    let argument: String

    /// Takes one line: an instruction and what follows it.
    public init(_ text: String) throws(ApusError) {
        let line = text.trimmed
        let word = line.prefix { !$0.isWhitespace }
        guard let instruction = Instruction(rawValue: word.lowercased()) else {
            throw ApusError(
                .invalidArgument, "\"\(word)\" is no instruction that --change takes",
                hint: "known are \(Instruction.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", "))")
        }
        self.instruction = instruction
        argument = line.dropFirst(word.count).trimmed
        if argument.isEmpty { throw ApusError(.invalidArgument, "\(word.uppercased()) requires at least one argument (--change)") }
        // What is wrong with it shows before anything is made.
        var scratch = ExecutionParameters()
        try Self.apply([self], to: &scratch)
    }

    /// Applies changes in order.
    public static func apply(_ changes: [ImageChange], to config: inout ExecutionParameters) throws(ApusError) {
        var hasCommand = false
        for change in changes {
            do throws(ApusError) {
                try change.apply(to: &config, &hasCommand)
            } catch {
                throw ApusError(error.code, "\(change.instruction.rawValue.uppercased()) \(change.argument): \(error.message) (--change)", hint: error.hint)
            }
        }
    }

    private func apply(to config: inout ExecutionParameters, _ hasCommand: inout Bool) throws(ApusError) {
        let words = DockerfileWords(environment: config.env ?? [])
        switch instruction {
        case .cmd:
            config.cmd = command(config.shell)
            hasCommand = true
        case .entrypoint:
            config.entrypoint = command(config.shell)
            // A command that was made for another entrypoint means nothing to this one.
            if !hasCommand { config.cmd = nil }
        case .env:
            for (name, value) in try pairs(words) {
                config.env = (config.env ?? []).filter { !$0.hasPrefix("\(name)=") } + ["\(name)=\(value)"]
            }
        case .label: for (name, value) in try pairs(words) { config.labels = (config.labels ?? [:]).merging([name: value]) { $1 } }
        case .expose:
            var ports = config.exposedPorts?.names ?? []
            for word in try words.split(argument) { ports += try Self.ports(word) }
            config.exposedPorts = NameSet(ports)
        case .healthcheck: config.healthcheck = try HealthcheckChange(argument).healthcheck
        case .onbuild:
            let trigger = argument.prefix { !$0.isWhitespace }.uppercased()
            if ["ONBUILD", "FROM", "MAINTAINER"].contains(trigger) { throw ApusError(.invalidArgument, "\(trigger) isn't allowed as an ONBUILD trigger") }
            config.onBuild = (config.onBuild ?? []) + [argument]
        case .stopsignal:
            let signal = try words.expand(argument)
            _ = try Signal(signal)
            config.stopSignal = signal
        case .user: config.user = try words.expand(argument)
        case .volume:
            var paths = jsonStrings(argument)
            if paths == nil { paths = try words.split(argument) }
            guard let paths, !paths.isEmpty, !paths.contains(where: { $0.trimmed.isEmpty }) else {
                throw ApusError(.invalidArgument, "a volume's path is empty")
            }
            config.volumes = NameSet((config.volumes?.names ?? []) + paths)
        case .workdir: config.workingDir = Self.path(try words.expand(argument), from: config.workingDir ?? "/")
        }
    }

    /// The words of a JSON list, else a line for the shell.
    private func command(_ shell: [String]?) -> [String] { jsonStrings(argument) ?? (shell ?? ["/bin/sh", "-c"]) + [argument] }

    /// `NAME=VALUE ...`, or the old form `NAME VALUE` with the rest of the line as the value.
    private func pairs(_ words: DockerfileWords) throws(ApusError) -> [(String, String)] {
        let first = argument.prefix { !$0.isWhitespace }
        if !first.contains("=") {
            let value = argument.dropFirst(first.count).trimmed
            if value.isEmpty { throw ApusError(.invalidArgument, "it needs a value") }
            return [(String(first), try words.expand(value))]
        }
        var pairs = [(String, String)]()
        for word in try words.split(argument) {
            guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
                throw ApusError(.invalidArgument, "\"\(word)\" is not of the form name=value")
            }
            pairs.append((String(word[..<sign]), String(word[sign...].dropFirst())))
        }
        return pairs
    }

    /// `80`, `80/udp` or `8000-8010/tcp` as single ports with their protocol.
    private static func ports(_ text: String) throws(ApusError) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? parts[1].lowercased() : "tcp"
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard parts.count <= 2, ["tcp", "udp", "sctp"].contains(kind), let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
            first <= last
        else { throw ApusError(.invalidArgument, "invalid containerPort: \(text)") }
        return (first...last).map { "\($0)/\(kind)" }
    }

    /// A path from a directory on, without `.` and `..`.
    private static func path(_ text: String, from directory: String) -> String {
        var parts = [Substring]()
        for part in (text.hasPrefix("/") ? text : "\(directory)/\(text)").split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

/// A JSON list of strings; nil for any other text.
func jsonStrings(_ text: String) -> [String]? {
    guard text.hasPrefix("[") else { return nil }
    return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
