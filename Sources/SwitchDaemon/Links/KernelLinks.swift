import CShim
import Glibc
import LinuxSystem
import Netlink

/// The interfaces of the network namespace in which the daemon runs.
final class KernelLinks: HostLinks {
    private var session: NetlinkSocket
    private var watch: LinkEvents

    init() throws(ApusError) {
        watch = try LinkEvents()
        session = try NetlinkSocket()
    }

    var eventDescriptor: Int32? { watch.descriptor }

    func events() throws(ApusError) -> [HostLinkEvent] {
        try watch.read().map { event in
            switch event {
            case .present(let link): .present(HostLink(link))
            case .gone(let link): .gone(index: UInt32(link.index), name: link.name)
            case .lost: .lost
            }
        }
    }

    func find(_ name: String) throws(ApusError) -> HostLink? { try session.link(named: name).map(HostLink.init) }

    func makeLocal(_ name: String, mac: [UInt8], addresses: [String]) throws(ApusError) -> HostLink {
        let inner = "\(name)-s"
        if try session.link(named: name) == nil {
            try session.make(Veth(near: .init(name: inner), far: .init(name: name, address: mac)), farNamespace: -1)
        }
        guard let host = try session.link(named: name), let own = try session.link(named: inner) else {
            throw ApusError(.conflict, "cannot make local port \(name): there is an interface of that name that has no other end \(inner)")
        }
        // The host must not speak on the switch's own end, which leads back to itself.
        try? writeFile("/proc/sys/net/ipv6/conf/\(inner)/disable_ipv6", "1")
        if !own.isUp { try session.set(own, up: true) }
        var setup = LinkSetup(index: host.index)
        setup.setsUp = true
        setup.addresses = addresses.compactMap { HostAddress($0) }.map { LinkAddress($0.bytes, prefix: $0.prefix) }
        try session.apply(setup, name: name)
        guard let made = try find(inner) else { throw ApusError(.notFound, "local port \(name) is gone as soon as it was made") }
        return made
    }

    func makeTap(_ name: String) throws(ApusError) -> HostLink {
        try systemCall("cannot make tap interface \(name)") { unsafe apus_make_tap(name) }
        guard let link = try session.link(named: name) else { throw ApusError(.notFound, "tap interface \(name) is gone as soon as it was made") }
        try? writeFile("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6", "1")
        if !link.isUp { try session.set(link, up: true) }
        return HostLink(link)
    }

    func silence(_ link: HostLink) { try? writeFile("/proc/sys/net/ipv6/conf/\(link.name)/disable_ipv6", "1") }

    func setUp(_ link: HostLink) throws(ApusError) {
        guard let present = try session.link(named: link.name) else { throw ApusError(.notFound, "there is no interface \(link.name)") }
        try session.set(present, up: true)
    }

    func remove(_ name: String) throws(ApusError) {
        guard let link = try session.link(named: name) else { return }
        try session.remove(link)
    }

    private func writeFile(_ path: String, _ text: String) throws(ApusError) {
        let file = try openFile(path, O_WRONLY)
        try writeAll(file.raw, Array(text.utf8), name: path)
    }
}

extension HostLink {
    fileprivate init(_ link: Link) {
        self.init(index: UInt32(link.index), name: link.name, isUp: link.isUp, isVethElsewhere: link.kind == "veth" && link.isPeerElsewhere, mac: link.address)
    }
}
