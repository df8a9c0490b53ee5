public import LinuxSystem

/// Whom a process in a container runs as.
public struct ContainerUser: Equatable, Sendable {
    /// The user id, inside the container.
    public var uid: UInt32
    /// The primary group id.
    public var gid: UInt32
    /// Every group of the process, the primary one among them, each once.
    ///
    /// The primary one is there so that a process cannot shed it to pass a file that refuses its own group (CVE-2022-36109).
    public var additionalGids: [UInt32]
    /// The home directory: HOME where the environment has none.
    public var home: String

    /// Resolves what `-u` or an image's `User` says against the container's own files, as Docker does.
    ///
    /// - Parameter text: empty, `name`, `uid`, `name:group`, `uid:gid` and their mixtures. A number is always taken as a number. Without a
    ///   user, uid 0 is looked up. A uid without an entry has gid 0 and the home `/`.
    /// - Parameter addedGroups: names or numbers of `--group-add`.
    /// - Throws: `ApusError` for a name without an entry and for a number out of range.
    public init(_ text: String, addedGroups: [String] = [], accounts: AccountDatabase) throws(ApusError) {
        let colon = text.firstIndex(of: ":")
        let userText = String(text[..<(colon ?? text.endIndex)])
        // A third part is passed over, as in Docker.
        let groupText = colon.flatMap { text[text.index(after: $0)...].split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) } ?? ""

        let number = try ContainerUser.id(userText.isEmpty ? "0" : userText)
        let account = number.map { uid in accounts.account(uid: uid) } ?? accounts.account(named: userText)
        guard let uid = account?.uid ?? number else {
            throw ApusError(.notFound, "unable to find user \(userText): no matching entries in passwd file")
        }
        self.uid = uid
        gid = account?.gid ?? 0
        additionalGids = []
        // By number and not by name: of several accounts with one uid, runc takes the first one's.
        home = accounts.homeDirectory(uid: uid)

        if !groupText.isEmpty {
            gid = try ContainerUser.group(groupText, accounts)
        } else if let account {
            additionalGids = accounts.groups(withMember: account.name)
        }
        for added in addedGroups {
            let group = try ContainerUser.group(added, accounts)
            if !additionalGids.contains(group) { additionalGids.append(group) }
        }
        if !additionalGids.contains(gid) { additionalGids.insert(gid, at: 0) }
    }

    private static func group(_ text: String, _ accounts: AccountDatabase) throws(ApusError) -> UInt32 {
        guard let gid = try id(text) ?? accounts.group(named: text) else {
            throw ApusError(.notFound, "unable to find group \(text): no matching entries in group file")
        }
        return gid
    }

    /// The number that a text is; nil where it is a name.
    private static func id(_ text: String) throws(ApusError) -> UInt32? {
        guard let number = Int(text) else { return nil }
        guard (0...Int(Int32.max)).contains(number) else {
            throw ApusError(.invalidArgument, "uids and gids must be in range 0-2147483647: \(text)")
        }
        return UInt32(number)
    }
}
