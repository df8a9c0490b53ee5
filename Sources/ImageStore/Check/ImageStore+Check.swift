import Glibc
public import LinuxSystem
public import OCISpec

/// What may be chosen about a check.
public struct CheckOptions: Sendable {
    /// Whether files of layers are compared byte by byte with the blobs, and not only by size, time, mode, owner and attributes.
    public var comparesContents = false
    /// Ends the check.
    public var cancellation = Cancellation()

    /// The defaults.
    public init() {}
}

extension ImageStore {
    /// Compares everything in the store with its digests, and unpacked layers with their blobs.
    ///
    /// Nothing is written and no lock is held: what others change meanwhile is looked at again in the end.
    ///
    /// - Parameter users: the names of the containers that use the image with this ID.
    public func check(
        _ options: CheckOptions = CheckOptions(), users: (Digest) -> [String] = { _ in [] },
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) -> StoreCheck {
        guard fileExists(indexPath) || fileExists("\(images)/blobs") else { return StoreCheck() }
        var walk = StoreWalk(store: self)
        do throws(ApusError) {
            guard fileExists(indexPath) else { throw ApusError(.malformed, "it is missing") }
            try walk.add(readIndex())
        } catch  where error.code == .malformed {
            walk.findings.append(StoreFinding(.index, "index.json", error.message, repair: .remake))
        }
        let jobs = try walk.jobs(options)
        let meter = ProgressMeter(total: jobs.reduce(0) { $0 + $1.size }, progress)
        try run(jobs, options, meter)
        for job in jobs {
            walk.findings += try job.findings(users)
            if job.layer != nil { walk.check.layers += 1 }
        }
        try walk.addLinks()
        walk.check.blobs = jobs.reduce(walk.check.blobs) { $0 + ($1.countsBlob ? 1 : 0) }
        walk.check.garbage = try garbage(walk)
        walk.check.findings = try stillThere(walk.findings)
        return walk.check
    }

    private func run(_ jobs: [BlobCheck], _ options: CheckOptions, _ meter: ProgressMeter) throws(ApusError) {
        let budget = UnpackBudget(limit: .max, cancellation: options.cancellation)
        let queue = WorkQueue(jobs.count) { index in jobs[index].run(budget, meter) }
        let threads = (1..<max(1, min(jobs.count, sysconf(Int32(_SC_NPROCESSORS_ONLN))))).compactMap { _ in try? WorkerThread { queue.run() } }
        queue.run()
        for thread in threads { thread.join() }
        try budget.cancellation.check()
    }

    /// Without what was removed since by others.
    private func stillThere(_ findings: [StoreFinding]) throws(ApusError) -> [StoreFinding] {
        guard findings.contains(where: { $0.kind != .index }), let index = try? readIndex() else { return findings }
        let names = try Set(storedImages(index).flatMap(\.shownNames) + index.manifests.map(\.shownName))
        return findings.filter { finding in
            if !finding.images.isEmpty { return !names.isDisjoint(with: finding.images) }
            return finding.kind != .blob || Digest(finding.object).map { fileExists(blobPath($0)) } ?? true
        }
    }

    /// How many things a prune would remove.
    private func garbage(_ walk: StoreWalk) throws(ApusError) -> Int {
        let blobs = try listDirectory("\(images)/blobs/sha256").count { name in Digest(hex: name).map { !walk.neededBlobs.contains($0) } ?? true }
        let layers = try listDirectory("\(root)/layers").count { name in
            Digest(hex: name).map { !walk.neededLayers.contains($0) } ?? (name != "l" && name != Skeleton.name)
        }
        return try blobs + layers + listDirectory(workspaces).count { Workspace.isDead("\(workspaces)/\($0)") }
            + listDirectory(images).count { $0.hasSuffix(".tmp") }
    }
}

extension Descriptor {
    /// Its name in the index as users write it, or the beginning of its digest.
    var shownName: String { referenceName.map { (try? ImageReference($0))?.familiar ?? $0 } ?? digest.short }
}
