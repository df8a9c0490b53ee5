import CommandLine
import ImageStore
import OCISpec

/// An image in the shape of `docker image inspect`.
func imageInspection(_ image: InspectedImage) -> Value {
    let config = image.config
    let names = image.references.compactMap { try? ImageReference($0) }
    var object = Value.Object([
        ("Id", .string(image.id.description)),
        ("RepoTags", .strings(names.filter { $0.tag != nil }.map(\.familiar))),
        ("RepoDigests", .strings(Set(names.map { "\($0.familiarRepository)@\(image.manifestDigest)" }).sorted())),
        ("Parent", ""),
        ("Comment", .string(config.comment ?? "")),
        ("Created", .string(config.created ?? "")),
        ("DockerVersion", .string(config.dockerVersion ?? "")),
        ("Author", .string(config.author ?? "")),
        ("Config", parameters(config.config ?? ExecutionParameters())),
        ("Architecture", .string(config.architecture)),
    ])
    if let variant = config.variant { object["Variant"] = .string(variant) }
    object["Os"] = .string(config.os)
    object["Size"] = .int(image.size)
    var layers: [(String, Value)] = []
    if image.layers.count > 1 { layers.append(("LowerDir", .string(image.layers.dropFirst().joined(separator: ":")))) }
    if let top = image.layers.first { layers.append(("UpperDir", .string(top))) }
    object["GraphDriver"] = .object([("Data", .object(layers)), ("Name", "overlay")])
    object["RootFS"] = .object([("Type", .string(config.rootfs.type)), ("Layers", .strings(config.rootfs.diffIDs.map(\.description)))])
    object["Metadata"] = .object([("LastTagTime", "0001-01-01T00:00:00Z")])
    object["Descriptor"] = .object([
        ("mediaType", .string(image.descriptor.mediaType.rawValue)), ("digest", .string(image.manifestDigest.description)),
        ("size", .int(image.descriptor.size)),
    ])
    return .object(object)
}

private func parameters(_ config: ExecutionParameters) -> Value {
    var object = Value.Object([("User", .string(config.user ?? ""))])
    if let ports = config.exposedPorts { object["ExposedPorts"] = set(ports) }
    object["Env"] = config.env.map { .strings($0) } ?? nil as Value
    object["Cmd"] = config.cmd.map { .strings($0) } ?? nil as Value
    if let health = config.healthcheck { object["Healthcheck"] = healthcheck(health) }
    if config.argsEscaped == true { object["ArgsEscaped"] = true }
    object["Volumes"] = config.volumes.map(set) ?? nil as Value
    object["WorkingDir"] = .string(config.workingDir ?? "")
    object["Entrypoint"] = config.entrypoint.map { .strings($0) } ?? nil as Value
    object["OnBuild"] = config.onBuild.map { .strings($0) } ?? nil as Value
    object["Labels"] = config.labels.map { .map($0) } ?? nil as Value
    if let signal = config.stopSignal { object["StopSignal"] = .string(signal) }
    if let timeout = config.stopTimeout { object["StopTimeout"] = .int(timeout) }
    if let shell = config.shell { object["Shell"] = .strings(shell) }
    return .object(object)
}

private func set(_ names: NameSet) -> Value { .object(Value.Object(names.names.map { ($0, .object([])) }, isMap: true)) }

private func healthcheck(_ check: ExecutionParameters.Healthcheck) -> Value {
    var object = Value.Object()
    if let test = check.test { object["Test"] = .strings(test) }
    for (name, value) in [
        ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod), ("StartInterval", check.startInterval),
        ("Retries", check.retries),
    ] { if let value { object[name] = .int(value) } }
    return .object(object)
}
