/// The lines of an /etc/passwd and an /etc/group that nobody vouches for (passwd(5), group(5)).
///
/// Lines are looked through in place: no line is copied before it matched, and one without a proper number is passed over, as are
/// comments and NIS lines. (Docker takes a number that it cannot read for 0, which would make such a line root's.)
public struct AccountDatabase: Sendable, Equatable {
    /// The bytes of /etc/passwd; empty where there is no such file.
    public let passwd: [UInt8]
    /// The bytes of /etc/group; empty where there is no such file.
    public let group: [UInt8]

    /// Takes the contents of the two files.
    public init(passwd: [UInt8] = [], group: [UInt8] = []) {
        self.passwd = passwd
        self.group = group
    }

    /// One line of passwd.
    struct Account: Equatable {
        let name: String
        let uid: UInt32
        let gid: UInt32
        let home: String
    }

    /// The first account with this name.
    func account(named name: String) -> Account? { firstAccount { fields in fields.equals(0, name) } }

    /// The first account with this number.
    func account(uid: UInt32) -> Account? { firstAccount { fields in fields.number(2) == uid } }

    /// The name of the first account with the number.
    public func name(uid: UInt32) -> String? { account(uid: uid)?.name }

    /// The home directory of a user as runc sets HOME: the first account with the number, `/` where there is none.
    public func homeDirectory(uid: UInt32) -> String {
        guard let home = account(uid: uid)?.home, !home.isEmpty else { return "/" }
        return home
    }

    /// The number of the first group with this name.
    func group(named name: String) -> UInt32? {
        var found: UInt32?
        Fields.each(of: group) { fields in
            guard fields.equals(0, name), let gid = fields.number(2) else { return true }
            found = gid
            return false
        }
        return found
    }

    /// The groups that list this user as a member, in the order of the file, each once; at most the kernel's 65536 (NGROUPS_MAX).
    func groups(withMember name: String) -> [UInt32] {
        var found = [UInt32]()
        var known = Set<UInt32>()
        Fields.each(of: group) { fields in
            if fields.lists(3, name), let gid = fields.number(2), known.insert(gid).inserted { found.append(gid) }
            return found.count < 65536
        }
        return found
    }

    private func firstAccount(where matches: (Fields) -> Bool) -> Account? {
        var found: Account?
        Fields.each(of: passwd) { fields in
            guard matches(fields), let uid = fields.number(2), let gid = fields.number(3) else { return true }
            found = Account(name: fields.text(0), uid: uid, gid: gid, home: fields.text(5))
            return false
        }
        return found
    }
}
