import CommandLine
import Engine
import Glibc
import ImageStore
import LinuxSystem

/// `apus system check`: whether what the instance keeps is what it should be.
enum SystemCheck {
    static let repair = Flag.bool("repair", help: "Mend what can be mended, and remove what is half written")
    static let contents = Flag.bool("contents", help: "Compare every byte of unpacked files, not only sizes, times, modes, owners and attributes")
    static let quiet = Flag.bool("quiet", short: "q", help: "Only print what is damaged")

    /// The exit status while something damaged is left.
    static let damaged: Int32 = 2

    static let command = Command(
        "check", abstract: "Look for damage in images, layers, containers and snapshots",
        discussion: """
            Every blob is read and compared with its digest, every unpacked layer with its blob; indexes, manifests, configurations, names, snapshots and \
            the records of containers are read. Each damage is one line: what it is and who needs it. The exit status is 0 when nothing is damaged or all \
            of it was repaired, 2 while something is damaged, 1 when the check itself failed.

            --repair unpacks damaged layers again from their blobs and puts them in their place in one step. A container that runs on a damaged layer goes \
            on with it until it is started again, and the line says so. Damaged blobs are removed: then apus load of the same image brings them again.
            """,
        flags: [contents, OutputFlags.format, quiet, repair],
        action: { parsed in
            let check = try run(parsed)
            if let format = parsed[OutputFlags.format] {
                output(try listing.text(check.damages.map(value), format: format, noTrunc: true))
            } else {
                for damage in check.damages { output(line(damage)) }
                if !parsed[quiet] { output(summary(check)) }
            }
            return check.isClean ? 0 : damaged
        })

    private static func run(_ parsed: ParsedCommand) throws -> InstanceCheck {
        var options = CheckOptions()
        options.comparesContents = parsed[contents]
        let engine = Globals.engine(parsed)
        return try LoadProgressLine.run("Checking", isQuiet: parsed[quiet], options.cancellation) { report throws(ApusError) in
            try engine.check(repairs: parsed[repair], options, progress: report)
        }
    }

    /// `layer sha256:...: /bin/sh is missing; needed by the image busybox:latest and the container web; repaired`.
    static func line(_ damage: Damage) -> String {
        var users: [String] = []
        if !damage.images.isEmpty { users.append("the \(damage.images.count > 1 ? "images" : "image") \(joined(damage.images))") }
        if !damage.containers.isEmpty { users.append("the \(damage.containers.count > 1 ? "containers" : "container") \(joined(damage.containers))") }
        let need = users.isEmpty ? "needed by nothing" : "needed by \(users.joined(separator: " and "))"
        let state = damage.isRepaired ? "repaired" : "to mend it, \(damage.remedy)"
        return "\(damage.kind) \(damage.object): \(damage.problem); \(need); \(state)" + (damage.remark.map { "; \($0)" } ?? "")
    }

    private static func joined(_ names: [String]) -> String { names.joined(separator: ", ") }

    static func summary(_ check: InstanceCheck) -> String {
        func count(_ number: Int, _ name: String) -> String { "\(number) \(name)\(number == 1 ? "" : "s")" }
        let looked = [
            count(check.images, "image"), count(check.blobs, "blob"), count(check.layers, "layer"), count(check.containers, "container"),
            count(check.snapshots, "snapshot"),
        ].joined(separator: ", ")
        let repaired = check.damages.count(where: \.isRepaired)
        let left = check.damages.count - repaired
        var text = "Checked \(looked): " + (check.damages.isEmpty ? "nothing is damaged" : "\(left) damaged")
        if repaired > 0 { text += ", \(repaired) repaired" }
        if check.garbage > 0 { text += "; \(count(check.garbage, "thing")) that nothing needs, see apus system prune" }
        return text
    }

    private static let listing = Listing(
        columns: [
            Listing.Column("Kind", "KIND"), Listing.Column("Object", "OBJECT"), Listing.Column("Problem", "PROBLEM"), Listing.Column("Images", "IMAGES"),
            Listing.Column("Containers", "CONTAINERS"), Listing.Column("Repaired", "REPAIRED"),
        ], others: [Listing.Column("Remedy", "REMEDY"), Listing.Column("Remark", "REMARK")])

    private static func value(_ damage: Damage) -> Value {
        .object([
            ("Kind", .string(damage.kind)), ("Object", .string(damage.object)), ("Problem", .string(damage.problem)),
            ("Images", .string(joined(damage.images))), ("Containers", .string(joined(damage.containers))), ("Repaired", .bool(damage.isRepaired)),
            ("Remedy", .string(damage.remedy)), ("Remark", .string(damage.remark ?? "")),
        ])
    }
}
