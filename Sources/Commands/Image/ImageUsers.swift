import Engine
import LinuxSystem
import OCISpec

/// Which containers use which image.
struct ImageUsers {
    private var users: [String: [String]] = [:]

    /// Looks at all containers.
    init(_ engine: Engine) throws(ApusError) {
        for record in try engine.containers.all() { users[record.imageID, default: []].append(record.shortID) }
    }

    /// The short ids of the containers of an image.
    subscript(_ image: Digest) -> [String] { users[image.hex] ?? [] }
}
