import Glibc
import LinuxSystem
import OCISpec

extension Process {
    /// Takes each variable once, and adds HOME where the environment has none or an empty one, and what sd_listen_fds(3) reads where descriptors are passed on.
    mutating func addHome(_ accounts: AccountDatabase) {
        var variables = Self.lastOfEach(env ?? []).filter { $0 != "HOME=" }
        if !variables.contains(where: { $0.hasPrefix("HOME=") }) { variables.append("HOME=\(accounts.homeDirectory(uid: user.uid))") }
        if ListenDescriptors.count > 0 { variables += ["LISTEN_FDS=\(ListenDescriptors.count)", "LISTEN_PID=1"] }
        env = variables
    }

    /// A variable that is named twice is the last one, wherever a program begins its search.
    private static func lastOfEach(_ variables: [String]) -> [String] {
        var seen: Set<Substring> = []
        return variables.reversed().filter { seen.insert($0.prefix { $0 != "=" }).inserted }.reversed()
    }
}

/// Sockets that systemd has opened for the program: LISTEN_FDS in the runtime's own environment.
enum ListenDescriptors {
    static var count: Int {
        guard let text = unsafe getenv("LISTEN_FDS").map({ unsafe String(cString: $0) }), let number = Int(text) else { return 0 }
        return max(0, min(number, 128))
    }
}

extension AccountDatabase {
    /// The accounts of a root filesystem for what is only a convenience: files that cannot be read are empty.
    static func tolerant(root: borrowing OwnedFD) -> AccountDatabase { (try? AccountDatabase(root: root)) ?? AccountDatabase() }
}
