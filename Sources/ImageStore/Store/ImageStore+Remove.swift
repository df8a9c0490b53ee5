import Glibc
public import LinuxSystem
public import OCISpec

/// One thing that a removal did; its text is Docker's line.
public enum RemovalStep: Sendable, Equatable, CustomStringConvertible {
    /// A name, in the familiar form, means nothing any more.
    case untagged(String)
    /// An image by its ID, or a layer by its chain ID, is gone.
    case deleted(Digest)

    /// `Untagged: NAME` or `Deleted: sha256:...`.
    public var description: String {
        switch self {
        case .untagged(let name): "Untagged: \(name)"
        case .deleted(let digest): "Deleted: \(digest)"
        }
    }
}

extension ImageStore {
    /// Takes a name from an image, and with its last name the image itself with every layer that no other image has.
    ///
    /// - Parameters:
    ///   - reference: a name, digest or ID; by digest or ID all names go.
    ///   - force: also for several names by ID, and for an image that containers use: that one loses its names and stays,
    ///     dangling, until they are gone.
    ///   - users: the names of the containers that use the image with this ID.
    /// - Returns: what was done, in order.
    /// - Throws: `.conflict` in Docker's words; `.notFound` for `no such image: NAME`.
    public func remove(_ reference: String, force: Bool = false, users: (Digest) -> [String] = { _ in [] }) throws(ApusError) -> [RemovalStep] {
        try requireStore(reference)
        let garbage = try Workspace(self)
        defer { garbage.remove() }
        let lock = try StoreLock(self)
        var index = try readIndex()
        if let steps = try removeDamaged(reference, &index, lock) { return steps }
        let image = try find(reference, in: index)
        // Other manifests of the same configuration are the same image to the user.
        let copies = try storedImages(index).filter { $0.id == image.id }
        let names = copies.flatMap(\.references)
        let named = (try? ImageReference(reference)).flatMap { names.contains($0.description) ? $0 : nil }
        let users = users(image.id)
        let doomed = named.map { [$0.description] } ?? names
        let isLast = doomed.count == names.count

        if let named, isLast, !force, let user = users.first {
            throw ApusError(
                .conflict,
                "conflict: unable to remove repository reference \"\(named.familiar)\" (must force) - container \(user) is using its referenced image \(image.id.short)"
            )
        }
        if named == nil {
            if names.count > 1 && !force {
                throw ApusError(.conflict, "conflict: unable to delete \(image.id.short) (must be forced) - image is referenced in multiple repositories")
            }
            if let user = users.first, !force || names.isEmpty {
                let remedy = names.isEmpty ? "cannot be forced" : "must be forced"
                throw ApusError(.conflict, "conflict: unable to delete \(image.id.short) (\(remedy)) - image is being used by container \(user)")
            }
        }

        var steps = doomed.map { RemovalStep.untagged((try? ImageReference($0))?.familiar ?? $0) }
        let kept = index.manifests.first { $0.digest == image.manifestDigest }?.unnamed
        index.manifests.removeAll { doomed.contains($0.referenceName ?? "") || isLast && copies.map(\.manifestDigest).contains($0.digest) }
        if isLast && !users.isEmpty, let kept { index.manifests.append(kept) }
        try write(index, lock)
        if isLast && users.isEmpty { steps.append(.deleted(image.id)) }
        let chains = copies.flatMap { $0.chain.reversed() }
        let blobs = copies.flatMap { [$0.manifestDigest, $0.id] + $0.manifest.layers.map(\.digest) }
        // With another image damaged nobody knows what that needs: what this one leaves is for a prune, when that is mended.
        do { steps += try sweep(chains, blobs, index, into: garbage).layers.map { .deleted($0) } } catch
            where error.code == .malformed || error.errno == ENOENT
        {}
        return steps
    }

    /// Takes a name from an image that cannot be read; nil for every other one.
    ///
    /// What it had is for a prune.
    private func removeDamaged(_ reference: String, _ index: inout ImageIndex, _ lock: borrowing StoreLock) throws(ApusError) -> [RemovalStep]? {
        var damaged = Set<Digest>()
        _ = try storedImages(index, isDamaged: { descriptor, _ in damaged.insert(descriptor.digest) })
        if damaged.isEmpty { return nil }
        let name = (try? ImageReference(reference))?.description
        let meant = index.manifests.firstIndex { one in
            guard damaged.contains(one.digest) else { return false }
            return one.referenceName.map { $0 == name } ?? (reference.utf8.count >= 8 && one.digest.hex.hasPrefix(reference))
        }
        guard let meant else { return nil }
        let removed = index.manifests.remove(at: meant)
        try write(index, lock)
        return [.untagged(removed.shownName)]
    }
}
