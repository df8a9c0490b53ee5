import LinuxSystem

/// An interface of the host, as the switch needs to know it.
struct HostLink: Equatable {
    var index: UInt32
    var name: String
    var isUp: Bool
    /// A veth whose other end is in another network namespace: a frame can be handed over to that end directly.
    var isVethElsewhere = false
    /// Six bytes, or empty.
    var mac: [UInt8] = []
}

/// What happened to an interface.
enum HostLinkEvent: Equatable {
    case present(HostLink)
    case gone(index: UInt32, name: String)
    /// Events were missed: the interfaces must be looked at again.
    case lost
}

/// The interfaces of the host's network namespace: the kernel's, or made-up ones in tests.
protocol HostLinks: AnyObject {
    /// Polls readable when `events` has some; nil where nothing can come by itself.
    var eventDescriptor: Int32? { get }
    /// What has happened since the last call; never waits.
    func events() throws(ApusError) -> [HostLinkEvent]
    /// The interface of that name; nil where there is none.
    func find(_ name: String) throws(ApusError) -> HostLink?
    /// Makes the host's own port: `name` for the host, with these addresses (such as "10.0.0.1/24"), and the switch's end, which is returned.
    ///
    /// Both ends that are there already are taken.
    func makeLocal(_ name: String, mac: [UInt8], addresses: [String]) throws(ApusError) -> HostLink
    /// Makes a tap interface that stays when the daemon ends.
    func makeTap(_ name: String) throws(ApusError) -> HostLink
    /// Keeps the host's own IPv6 from speaking by an interface, as far as the host has any.
    func silence(_ link: HostLink)
    /// Sets an interface up.
    func setUp(_ link: HostLink) throws(ApusError)
    /// Removes an interface that the switch has made; one that is gone is no error.
    func remove(_ name: String) throws(ApusError)
}
