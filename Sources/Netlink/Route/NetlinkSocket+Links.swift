public import LinuxSystem

extension NetlinkSocket {
    /// Every device of the namespace.
    public mutating func links() throws(ApusError) -> [Link] {
        try ask(NetlinkMessage(RouteKind.getLink, linkHeader(0)), .dump, to: "list the network devices").map(Link.init)
    }

    /// The device of a name; nil where there is none.
    public mutating func link(named name: String) throws(ApusError) -> Link? {
        var message = NetlinkMessage(RouteKind.getLink, linkHeader(0))
        message.add(LinkAttribute.name, Array(name.utf8) + [0])
        do { return try ask(message, to: "look for network device \(name)").first.map(Link.init) } catch  where error.errno == 19 { return nil }  // ENODEV
    }

    /// The addresses of a device.
    public mutating func addresses(of link: Link) throws(ApusError) -> [LinkAddress] {
        try addresses().filter { $0.index == link.index }
    }

    /// The addresses of every device.
    public mutating func addresses() throws(ApusError) -> [LinkAddress] {
        try ask(NetlinkMessage(RouteKind.getAddress, [0, 0, 0, 0, 0, 0, 0, 0]), .dump, to: "list the addresses of network devices").map(LinkAddress.init)
    }

    /// Sets a device up or down.
    public mutating func set(_ link: Link, up: Bool) throws(ApusError) {
        try ask(
            NetlinkMessage(RouteKind.newLink, linkHeader(link.index, flags: up ? 1 : 0, change: 1)), to: "set network device \(link.name) \(up ? "up" : "down")"
        )
    }

    /// Moves a device into the namespace behind a descriptor, under a name, in one step.
    public mutating func move(_ link: Link, to namespace: Int32, as name: String) throws(ApusError) {
        var message = NetlinkMessage(RouteKind.newLink, linkHeader(link.index))
        message.add(LinkAttribute.name, Array(name.utf8) + [0])
        message.add(LinkAttribute.namespace, hostBytes(namespace))
        try ask(message, to: "move network device \(link.name) to the container as \(name)")
    }

    /// Removes a device; a veth goes with its other end.
    ///
    /// The kernel takes some 16 ms for that, most of them waiting.
    public mutating func remove(_ link: Link) throws(ApusError) {
        try ask(NetlinkMessage(RouteKind.deleteLink, linkHeader(link.index)), to: "remove network device \(link.name)")
    }

    /// Gives a device an address.
    public mutating func add(_ address: LinkAddress, to link: Link) throws(ApusError) {
        try ask(address.message(RouteKind.newAddress, for: link.index), [.create, .replace], to: "give network device \(link.name) its address")
    }

    /// Takes an address from a device.
    public mutating func remove(_ address: LinkAddress, from link: Link) throws(ApusError) {
        try ask(address.message(RouteKind.deleteAddress, for: link.index), to: "take an address from network device \(link.name)")
    }
}
