import LinuxSystem

@testable import SwitchDaemon

/// Interfaces that are nowhere.
final class FakeLinks: HostLinks {
    private(set) var links: [String: HostLink] = [:]
    private var next: UInt32 = 100
    private var waiting: [HostLinkEvent] = []
    /// What is given to local ports.
    private(set) var addresses: [String: [String]] = [:]

    var eventDescriptor: Int32? { nil }

    @discardableResult
    func add(_ name: String, isVeth: Bool = true) -> HostLink {
        next += 1
        let link = HostLink(index: next, name: name, isUp: true, isVethElsewhere: isVeth)
        links[name] = link
        waiting.append(.present(link))
        return link
    }

    func vanish(_ name: String) {
        guard let link = links.removeValue(forKey: name) else { return }
        waiting.append(.gone(index: link.index, name: name))
    }

    /// Vanishes without being told.
    func vanishUnseen(_ name: String) {
        links[name] = nil
        waiting.append(.lost)
    }

    func events() throws(ApusError) -> [HostLinkEvent] {
        defer { waiting = [] }
        return waiting
    }

    func find(_ name: String) throws(ApusError) -> HostLink? { links[name] }

    func makeLocal(_ name: String, mac: [UInt8], addresses: [String]) throws(ApusError) -> HostLink {
        self.addresses[name] = addresses
        if links[name] == nil { add(name, isVeth: false) }
        return links["\(name)-s"] ?? add("\(name)-s", isVeth: false)
    }

    func makeTap(_ name: String) throws(ApusError) -> HostLink { links[name] ?? add(name, isVeth: false) }

    func silence(_ link: HostLink) {}

    func setUp(_ link: HostLink) throws(ApusError) { links[link.name]?.isUp = true }

    func remove(_ name: String) throws(ApusError) {
        vanish(name)
        vanish("\(name)-s")
    }
}
