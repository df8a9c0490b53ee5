import Glibc
import LinuxSystem

/// The configuration on disk: bridges, ports, rules, mirrors, meters, static MAC addresses.
///
/// It is written before a change is told to be done. Kill -9 at any moment leaves the state before or after a transaction, never one between
/// (write-ahead log). What must survive a power cut is synced; what ends with the boot anyway is not, so that adding a container's port waits
/// for no disk.
final class SwitchDatabase {
    let sqlite: SQLite
    /// Names this boot of the host; what carries another one is gone.
    let boot: String

    /// The version of the schema that this program writes; migrations bring older ones here.
    static let version = 1

    /// Opens the database in a directory that exists, and removes what an earlier boot has left.
    ///
    /// - Throws: `ApusError` for one that is damaged, or that a newer version of Apus has written.
    init(_ path: String, boot: String) throws(ApusError) {
        sqlite = try SQLite(path)
        self.boot = boot
        try sqlite.rows("PRAGMA journal_mode = WAL") { _ in }
        try sqlite.run("PRAGMA foreign_keys = ON")
        try sqlite.run("PRAGMA synchronous = NORMAL")
        try migrate(path)
        try transaction(isSynced: false) { () throws(ApusError) in
            for table in ["ports", "bridges"] { try sqlite.run("DELETE FROM \(table) WHERE boot <> '' AND boot <> ?", [.text(boot)]) }
        }
    }

    /// Of this boot (random(4)).
    static func currentBoot() throws(ApusError) -> String { try readText("/proc/sys/kernel/random/boot_id") }

    /// Carries out `body` whole or not at all.
    func transaction<Result>(isSynced: Bool, _ body: () throws(ApusError) -> Result) throws(ApusError) -> Result {
        try sqlite.run(isSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        try sqlite.run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try sqlite.run("COMMIT")
            return result
        } catch {
            // The first failure is the one to tell; a transaction that the library has ended itself needs no end.
            try? sqlite.run("ROLLBACK")
            throw error
        }
    }

    private func migrate(_ path: String) throws(ApusError) {
        var found = 0
        try sqlite.rows("PRAGMA user_version") { row in found = row.integer(0) }
        if found > Self.version {
            throw ApusError(.notSupported, "\(path) was written by a newer version of Apus (schema \(found), this one knows \(Self.version))")
        }
        if found == Self.version { return }
        try transaction(isSynced: true) { () throws(ApusError) in
            for version in found..<Self.version {
                for statement in Self.migrations[version] { try sqlite.run(statement) }
            }
            try sqlite.run("PRAGMA user_version = \(Self.version)")
        }
    }

    /// The steps from each version to the next.
    private static let migrations: [[String]] = [
        [
            """
            CREATE TABLE bridges (name TEXT PRIMARY KEY, network TEXT NOT NULL, mac_ageing INTEGER NOT NULL, mac_limit INTEGER NOT NULL,
                secure INTEGER NOT NULL, boot TEXT NOT NULL) WITHOUT ROWID
            """,
            """
            CREATE TABLE ports (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                bridge TEXT NOT NULL REFERENCES bridges (name) ON DELETE CASCADE, interface TEXT NOT NULL, kind INTEGER NOT NULL,
                vlan_mode INTEGER NOT NULL, tag INTEGER NOT NULL, trunks TEXT NOT NULL, mac BLOB NOT NULL, addresses TEXT NOT NULL,
                guards_source INTEGER NOT NULL, trusts_servers INTEGER NOT NULL, isolated INTEGER NOT NULL, rate INTEGER NOT NULL,
                burst INTEGER NOT NULL, mac_limit INTEGER NOT NULL, storm_limit INTEGER NOT NULL, peer TEXT NOT NULL, host_addresses TEXT NOT NULL,
                owner_id TEXT NOT NULL, owner_name TEXT NOT NULL, aliases TEXT NOT NULL, boot TEXT NOT NULL)
            """,
            "CREATE INDEX ports_of_bridge ON ports (bridge)",
            """
            CREATE TABLE rules (bridge TEXT NOT NULL REFERENCES bridges (name) ON DELETE CASCADE, stage INTEGER NOT NULL, priority INTEGER NOT NULL,
                match TEXT NOT NULL, rule TEXT NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (bridge, stage, priority, match)) WITHOUT ROWID
            """,
            """
            CREATE TABLE mirrors (bridge TEXT NOT NULL REFERENCES bridges (name) ON DELETE CASCADE, name TEXT NOT NULL, sources TEXT NOT NULL,
                destinations TEXT NOT NULL, vlans TEXT NOT NULL, output TEXT NOT NULL, output_vlan INTEGER NOT NULL,
                PRIMARY KEY (bridge, name)) WITHOUT ROWID
            """,
            """
            CREATE TABLE meters (bridge TEXT NOT NULL REFERENCES bridges (name) ON DELETE CASCADE, id INTEGER NOT NULL, rate INTEGER NOT NULL,
                burst INTEGER NOT NULL, PRIMARY KEY (bridge, id)) WITHOUT ROWID
            """,
            """
            CREATE TABLE macs (bridge TEXT NOT NULL REFERENCES bridges (name) ON DELETE CASCADE, vlan INTEGER NOT NULL, mac BLOB NOT NULL,
                port TEXT NOT NULL REFERENCES ports (name) ON DELETE CASCADE ON UPDATE CASCADE, PRIMARY KEY (bridge, vlan, mac)) WITHOUT ROWID
            """,
        ]
    ]
}
