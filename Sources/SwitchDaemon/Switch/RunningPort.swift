import PacketCore
import SwitchControl
import SwitchCore

/// A port of the running switch.
struct RunningPort {
    /// As the user wants it, with its number and name.
    var settings: PortSettings
    /// The interface by which the datapath reaches it; nil while it is not there, and for patch ports.
    var link: HostLink?

    var number: PortNumber { PortNumber(rawValue: settings.number) }

    /// Whether a user means this port: by name, interface, number, or the name or id of its container.
    func isNamed(_ word: String) -> Bool {
        settings.name == word || settings.interface == word || String(settings.number) == word || isOwned(by: word)
    }

    /// Whether `word` is the container's name, id, or the beginning of the id.
    func isOwned(by word: String) -> Bool {
        if settings.owner.id.isEmpty { return false }
        return settings.owner.name == word || (word.utf8.count >= 4 && settings.owner.id.hasPrefix(word))
    }

    /// The port as the datapath wants it; nil where it has no interface.
    var datapathPort: DatapathPort? {
        link.map { link in
            let mac = settings.mac.isEmpty ? nil : MACAddress(rawValue: settings.mac.reduce(0) { $0 << 8 | UInt64($1) })
            return DatapathPort(number: number, interface: link.name, index: link.index, isVeth: link.isVethElsewhere, peerAddress: mac)
        }
    }
}
