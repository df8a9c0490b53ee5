import Glibc
import LinuxSystem
import OCISpec

extension ImageStore {
    /// The short name of a layer below `layers/l`, made where it is missing: as many digits of the chain ID as tell it from the others, at
    /// least eight, so that a hundred layers fit one option string.
    ///
    /// The caller holds the store's lock.
    func linkLayer(_ chainID: Digest) throws(ApusError) -> String {
        let target = "../\(chainID.hex)/fs"
        for length in 8...64 {
            let name = String(chainID.hex.prefix(length))
            let link = "\(layerBase)/\(name)"
            if unsafe symlink(target, link) == 0 { return name }
            let number = errno
            guard number == EEXIST else { throw ApusError(errno: number, "cannot make the link \(link)") }
            if try readLink(link) == target { return name }
        }
        throw ApusError(.system, "the links of the layers in \(layerBase) are damaged")
    }
}

extension ImageStore {
    /// Removes the short names of a layer.
    func unlinkLayer(_ chainID: Digest) throws(ApusError) {
        for length in 8...64 {
            let link = "\(layerBase)/\(chainID.hex.prefix(length))"
            guard fileExists(link) else { return }
            if try readLink(link) == "../\(chainID.hex)/fs" { try removeTree(link) }
        }
    }
}

extension ImageIndex {
    /// Adds a manifest under names, which move from other manifests; without any it is there once, named or not.
    mutating func add(_ manifest: Descriptor, names: [String]) {
        for name in names {
            var named = manifest
            // Both keys: the first is the specification's, the second says that it is a whole reference.
            named.annotations = [AnnotationKey.referenceName: name, AnnotationKey.containerdImageName: name]
            let displaced = manifests.filter { $0.referenceName == name && $0.digest != manifest.digest }
            manifests.removeAll { $0.referenceName == name || $0.digest == manifest.digest && $0.referenceName == nil }
            manifests.append(named)
            for old in displaced { add(old.unnamed, names: []) }
        }
        if !manifests.contains(where: { $0.digest == manifest.digest }) { manifests.append(manifest.unnamed) }
    }
}

extension Descriptor {
    /// The whole name in the store's index; nil for an image without one.
    ///
    /// Another tool may have written a short one, which means the same as if a user typed it.
    var referenceName: String? {
        guard let name = annotations?[AnnotationKey.containerdImageName] ?? annotations?[AnnotationKey.referenceName] else { return nil }
        return (try? ImageReference(name))?.description ?? name
    }

    /// The same without its names.
    var unnamed: Descriptor {
        var result = self
        result.annotations?[AnnotationKey.containerdImageName] = nil
        result.annotations?[AnnotationKey.referenceName] = nil
        if result.annotations?.isEmpty == true { result.annotations = nil }
        return result
    }
}
