import Glibc
public import LinuxSystem
public import OCISpec

/// Programs built before, one file each, found by the content of the profile.
///
/// Building Docker's profile takes milliseconds, reading it back some ten microseconds. A file that is damaged, cut or of another
/// version is built anew; a directory that cannot be made or written only costs the time. The directory must belong to the user who
/// starts containers and to nobody else: the checksum finds damage, not forgery.
///
/// Thread-safety: a value may be used from any thread and process; files appear whole, by rename.
public struct SeccompCache: Sendable {
    /// The directory of the files.
    public let directory: String
    /// More files than this are cleared out when a new one is written.
    static let fileLimit = 256

    /// Uses a directory, made when the first program is kept.
    public init(directory: String) { self.directory = directory }

    /// The program of a profile, from its file or built and kept.
    ///
    /// - Throws: `ApusError` when the profile itself is wrong.
    public func program(for profile: LinuxSeccomp) throws(ApusError) -> SeccompProgram {
        try program(key: SeccompKey(of: profile)) { profile }
    }

    /// The program of a profile that is made only if it must be built.
    ///
    /// - Throws: `ApusError` when the profile itself is wrong.
    public func program(key: SeccompKey, profile: () -> LinuxSeccomp) throws(ApusError) -> SeccompProgram {
        let path = "\(directory)/\(key.fileName)"
        if let program = SeccompCacheFile.read(path, key: key) { return program }
        let program = try SeccompProgram(building: profile())
        keep(SeccompCacheFile.encode(program, key: key), at: path)
        return program
    }

    private func keep(_ bytes: [UInt8], at path: String) {
        // Without the file the next start builds again: no reason to fail this one.
        do throws(ApusError) {
            try makeDirectories(directory, mode: 0o700)
            let files = try listDirectory(directory).filter { $0.utf8.count == SeccompKey.nameLength }
            if files.count >= SeccompCache.fileLimit { for name in files { _ = unsafe unlink("\(directory)/\(name)") } }
            try replaceFile(path, with: bytes, mode: 0o600)
        } catch {}
    }
}
