import Glibc
import LinuxSystem
import Testing

@testable import ContainerRuntime

@Suite struct ContainerUserTests {
    private static let accounts = AccountDatabase(
        passwd: Array(
            """
            # comment
            root:x:0:0:root:/root:/bin/sh
            toor:x:0:0:second:/toor:/bin/sh
            +::::::

            bad:x:abc:0::/bad:
            short:x:7
            app:x:1000:100:App:/srv/app:/bin/false
            bare:x:1001:1001:::
            1234:x:5000:5000::/named-by-number:
            last:x:1002:1002::/last:/bin/sh
            """.utf8),
        group: Array("root:x:0:root\nadm:x:4:root,app\nusers:x:100:\nwheel:x:10:app,root\nwheel2:x:10:app\nbroken:x:zz:app\nextra:x:99:application\n".utf8))

    private func user(_ text: String, add: [String] = []) throws -> ContainerUser {
        try ContainerUser(text, addedGroups: add, accounts: Self.accounts)
    }

    @Test func formsFollowDocker() throws {
        let root = try user("")
        #expect(root.uid == 0 && root.gid == 0 && root.home == "/root" && root.additionalGids == [0, 4, 10])
        #expect(try user("0") == root)
        #expect(try user("root") == root)
        #expect(try user("toor").home == "/root")
        let app = try user("app")
        #expect(app.uid == 1000 && app.gid == 100 && app.home == "/srv/app" && app.additionalGids == [100, 4, 10])
        #expect(try user("1000") == app)
        let explicit = try user("app:users")
        #expect(explicit.gid == 100 && explicit.additionalGids == [100])
        #expect(try user("app:77").additionalGids == [77])
        #expect(try user("app:") == app)
        let unknown = try user("4242")
        #expect(unknown.uid == 4242 && unknown.gid == 0 && unknown.home == "/" && unknown.additionalGids == [0])
        #expect(try user("4242:4343").gid == 4343)
        #expect(try user(":wheel").uid == 0)
        #expect(try user(":wheel").gid == 10)
        #expect(try user("bare").home == "/")
        #expect(try user("last").uid == 1002)
        #expect(try user("1234").uid == 1234)
    }

    @Test func groupsAreAdded() throws {
        #expect(try user("app", add: ["wheel", "55", "adm"]).additionalGids == [100, 4, 10, 55])
        #expect(throws: ApusError(.notFound, "unable to find group nope: no matching entries in group file")) { try user("app", add: ["nope"]) }
    }

    @Test func unknownNamesGetASentence() {
        for name in ["nobody", "bad", "short", "+", "99999999999999999999"] {
            #expect(throws: ApusError(.notFound, "unable to find user \(name): no matching entries in passwd file")) { try user(name) }
        }
        #expect(throws: ApusError(.notFound, "unable to find group broken: no matching entries in group file")) { try user("app:broken") }
        for number in ["-1", "2147483648", "4294967295"] {
            #expect(throws: ApusError(.invalidArgument, "uids and gids must be in range 0-2147483647: \(number)")) { try user(number) }
        }
    }

    @Test func withoutFilesOnlyNumbersWork() throws {
        #expect(try ContainerUser("", accounts: AccountDatabase()) == ContainerUser("0:0", accounts: AccountDatabase()))
        #expect(throws: ApusError.self) { try ContainerUser("root", accounts: AccountDatabase()) }
    }

    @Test func hostileFilesDoNotCrash() {
        var random = SeededRandom(seed: 7)
        let alphabet = Array("root:x0123456789:,\n#+-\u{0}é".utf8)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            let accounts = AccountDatabase(passwd: bytes, group: bytes)
            for text in ["", "root", "0", "x:root", ":", "::", "root:x:0"] { _ = try? ContainerUser(text, accounts: accounts) }
        }
    }

    @Test func filesAreReadInsideTheRoot() throws {
        let root = "/tmp/apus-user-test-\(getpid())"
        defer { try? removeTree(root) }
        try makeDirectories(root + "/etc")
        #expect(try AccountDatabase(root: openDirectory(root)) == AccountDatabase())
        try replaceFile(root + "/etc/real", with: Array("inside:x:5:6::/:\n".utf8))
        #expect(unsafe symlink("/etc/real", root + "/etc/passwd") == 0)
        #expect(unsafe mkfifo(root + "/etc/group", 0o600) == 0)
        #expect(throws: ApusError(.malformed, "cannot read /etc/group in the root filesystem: it is no regular file")) {
            try AccountDatabase(root: openDirectory(root))
        }
        #expect(unsafe unlink(root + "/etc/group") == 0)
        #expect(try AccountDatabase(root: openDirectory(root)).account(named: "inside")?.uid == 5)
        try replaceFile(root + "/etc/group", with: [UInt8](repeating: 10, count: AccountDatabase.sizeLimit + 1))
        #expect(throws: ApusError(.malformed, "cannot read /etc/group in the root filesystem: it is longer than 4194304 bytes")) {
            try AccountDatabase(root: openDirectory(root))
        }
    }
}

/// A small generator whose runs repeat (splitmix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
