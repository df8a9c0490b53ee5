import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch ports`: a table of ports.
enum SwitchPorts {
    static let command = Command(
        "ports", aliases: ["list-ports"], abstract: "List ports", positionals: Positionals("[BRIDGE]", completing: SwitchGroup.bridge),
        flags: [OutputFlags.format, OutputFlags.noTrunc, quiet],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            let rows = try client.ports(of: parsed.positionals.first ?? "").map(row)
            output(try listing.text(rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[quiet]))
            return 0
        })

    static let quiet = Flag.bool("quiet", short: "q", help: "Only display names")

    private static func row(_ port: PortReport) -> Value {
        let settings = port.settings
        return .object([
            ("Number", .int(Int(settings.number))), ("Name", .string(settings.name)), ("Bridge", .string(settings.bridge)),
            ("Kind", .string("\(settings.kind)")), ("Interface", .string(settings.interface)), ("State", .string(port.isUp ? "up" : "down")),
            ("Container", .string(settings.owner.name)), ("ContainerID", .string(settings.owner.id)), ("VLAN", .string(SwitchText.vlans(settings))),
            ("MAC", .string(SwitchText.mac(settings.mac))), ("Addresses", .string(settings.addresses.map(SwitchText.address).joined(separator: ","))),
            ("Restrictions", .string(SwitchText.restrictions(settings).joined(separator: ", "))),
        ])
    }

    private static let listing = Listing(
        columns: [
            .init("Number", "PORT"), .init("Name", "NAME"), .init("Bridge", "BRIDGE"), .init("Kind", "KIND"), .init("Container", "CONTAINER"),
            .init("State", "STATE"), .init("VLAN", "VLAN"), .init("MAC", "MAC"), .init("Addresses", "ADDRESSES"),
        ],
        others: [
            .init("Interface", "INTERFACE"), .init("ContainerID", "CONTAINER ID", .identifier), .init("Restrictions", "RESTRICTIONS"),
        ], quietField: "Name")
}
