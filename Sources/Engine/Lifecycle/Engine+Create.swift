import ContainerRuntime
import Glibc
import ImageStore
public import LinuxSystem
import Network
import OCISpec

/// A new container whose lock is held, not yet started.
public struct CreatedContainer: ~Copyable {
    /// The container.
    public let record: ContainerRecord
    /// Its lock, held.
    public let lock: OwnedFD
}

extension Engine {
    /// Makes a container from an image: its record, its name, its volumes.
    ///
    /// Nothing runs yet.
    ///
    /// - Throws: `ApusError` for an unknown image, a name in use, or a setting that is wrong.
    public func create(_ request: CreateRequest) throws(ApusError) -> CreatedContainer {
        var record = try draft(request)
        return try make(&record, isNamed: request.name != nil)
    }

    /// Makes a container of its record.
    func make(_ record: inout ContainerRecord, isNamed: Bool) throws(ApusError) -> CreatedContainer {
        let lock = try reserve(&record, isNamed: isNamed)
        do {
            let volumes = try useVolumes(record)
            try Mountpoints(record: record, paths: paths).make()
            try containers.write(record)
            _ = consume volumes
        } catch {
            containers.releaseName(record.name, of: record.id)
            removeAnonymousVolumes(record)
            try? removeTree(paths.container(record.id))
            try? removeTree(paths.lock(record.id))
            throw error
        }
        return CreatedContainer(record: record, lock: lock)
    }

    /// The record of a request, checked; nothing is made.
    func draft(_ request: CreateRequest) throws(ApusError) -> ContainerRecord {
        if let name = request.name, !RandomName.isValid(name) { throw RandomName.invalid(name) }
        let image = try findImage(request.image, request.platform)
        try requireRunnable(image, name: request.image)
        let settings = try resolved(request, image)
        let record = ContainerRecord(
            name: request.name ?? RandomName.make(), imageName: request.image, imageID: image.id.hex, layers: image.layers, settings: settings)
        try validate(record)
        return record
    }

    private func reserve(_ record: inout ContainerRecord, isNamed: Bool) throws(ApusError) -> OwnedFD {
        for attempt in 0... {
            do {
                return try containers.reserve(record)
            } catch  where error.code == .conflict && !isNamed && attempt < 20 {
                record.name = "\(RandomName.make())\(attempt < 3 ? "" : "\(Int.random(in: 1...9999))")"
            }
        }
        throw ApusError(.conflict, "cannot find a free container name", hint: "give one with --name")
    }

    /// An image by reference, id or the path of an archive.
    ///
    /// - Parameter platform: what it must be of; nil for any.
    func findImage(_ text: String, _ platform: Platform?) throws(ApusError) -> ResolvedImage {
        var options = LoadOptions()
        options.platform = platform
        // A path is told by its look; a plain word that is also a file in the working directory stays a reference.
        if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") { return try images.resolve(archivePath: text, options: options) }
        do {
            let image = try images.resolve(text)
            if let platform { try image.platform.require(platform, of: text) }
            return image
        } catch  where error.code == .notFound && text.contains(".tar") && fileExists(text) {
            return try images.resolve(archivePath: text, options: options)
        }
    }

    private func resolved(_ request: CreateRequest, _ image: ResolvedImage) throws(ApusError) -> ContainerSettings {
        let config = image.config
        var settings = request.settings
        settings.env = SpecBuilder.merged(config.env ?? [], settings.env)
        settings.labels = (config.labels ?? [:]).merging(settings.labels) { _, own in own }
        settings.stopSignal = settings.stopSignal ?? config.stopSignal
        settings.stopTimeout = settings.stopTimeout ?? config.stopTimeout
        settings.user = request.user ?? config.user ?? ""
        settings.workingDirectory = try Self.workingDirectory(request.workingDirectory ?? config.workingDir)
        if let entrypoint = request.entrypoint {
            // An entrypoint of the user's own goes without the image's command.
            settings.entrypoint = entrypoint.isEmpty ? [] : [entrypoint]
            settings.command = request.command
        } else {
            settings.entrypoint = config.entrypoint ?? []
            settings.command = request.command.isEmpty ? config.cmd ?? [] : request.command
        }
        if settings.networkMode == .own, let names = config.exposedPorts?.names, !names.isEmpty {
            var own = settings.connectivity ?? ConnectivitySettings()
            // What an image writes wrongly is not its user's mistake.
            for name in names { own.exposed += ((try? PortRequest.parse(exposed: name)) ?? []).filter { !own.exposed.contains($0) } }
            settings.connectivity = own
        }
        settings.securityOptions = try SecurityOptions.embeddingFiles(settings.securityOptions)
        let mounted = Set(settings.mounts.map(\.target))
        for target in config.volumes?.names ?? [] where !mounted.contains(target) {
            settings.mounts.append(MountSetting(.volume, source: "", target: target, isAnonymous: true))
        }
        for index in settings.mounts.indices where settings.mounts[index].isAnonymous {
            settings.mounts[index].source = ContainerRecord.randomID()
        }
        return settings
    }

    private static func workingDirectory(_ path: String?) throws(ApusError) -> String {
        guard let path, !path.isEmpty else { return "/" }
        guard path.hasPrefix("/") else {
            throw ApusError(.invalidArgument, "the working directory '\(path)' is invalid", hint: "it needs to be an absolute path")
        }
        return path
    }

    /// Finds what can be found wrong before anything is made.
    func validate(_ record: ContainerRecord) throws(ApusError) {
        let builder = try SpecBuilder(record, paths: paths)
        _ = try builder.capabilities()
        if let signal = record.settings.stopSignal { _ = try Signal(signal) }
        let ownNetwork = record.settings.networkMode == .own
        for name in record.settings.sysctls.keys {
            try Sysctl(name: name).validate(ownNetwork: ownNetwork, ownIPC: true, ownUTS: record.settings.network != "host")
        }
        if record.arguments.isEmpty {
            throw ApusError(.invalidArgument, "no command specified", hint: "the image \(record.imageName) names none: give one after it")
        }
    }
}
