public import LinuxSystem

/// A pair of virtual devices of which one end is made inside another network namespace.
public struct Veth: Sendable, Equatable {
    /// One end.
    public struct End: Sendable, Equatable {
        /// Its name, 15 bytes at most.
        public var name: String
        /// Its hardware address, 6 bytes; the kernel chooses one where it is empty.
        public var address: [UInt8]

        /// Names an end.
        public init(name: String, address: [UInt8] = []) {
            self.name = name
            self.address = address
        }
    }

    /// The end in the socket's own namespace; it is set up at once.
    public var near: End
    /// The end in the other namespace.
    ///
    /// It is down: the kernel can only open it when the pair is whole (ENOTCONN).
    public var far: End
    /// Bytes of the largest packet; nil for the kernel's 1500.
    public var mtu: UInt32?

    /// Describes a pair.
    public init(near: End, far: End, mtu: UInt32? = nil) {
        self.near = near
        self.far = far
        self.mtu = mtu
    }

    /// RTM_NEWLINK with IFLA_LINKINFO, VETH_INFO_PEER and the peer's IFLA_NET_NS_FD: both ends are made where they belong, with their names
    /// and addresses.
    ///
    /// - Parameter namespace: a descriptor of the far end's namespace; -1 for the socket's own.
    public func message(namespace: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(RouteKind.newLink, linkHeader(0, flags: 1, change: 1), flags: [.create, .exclusive])
        var attributes = AttributeList()
        add(near, to: &attributes)
        attributes.nest(LinkAttribute.info) { info in
            info.add(1, Array("veth".utf8))  // IFLA_INFO_KIND
            info.nest(2) { data in  // IFLA_INFO_DATA
                var peer = AttributeList()
                add(far, to: &peer)
                if namespace >= 0 { peer.add(LinkAttribute.namespace, hostBytes(namespace)) }
                data.add(1, linkHeader(0) + peer.bytes)  // VETH_INFO_PEER
            }
        }
        message.add(attributes)
        return message
    }

    private func add(_ end: End, to attributes: inout AttributeList) {
        attributes.add(LinkAttribute.name, text: end.name)
        if !end.address.isEmpty { attributes.add(LinkAttribute.address, end.address) }
        if let mtu { attributes.add(LinkAttribute.mtu, mtu) }
    }
}

extension NetlinkSocket {
    /// Makes a pair; the far end inside the namespace behind a descriptor, -1 for the socket's own.
    public mutating func make(_ veth: Veth, farNamespace: Int32) throws(ApusError) {
        try ask(veth.message(namespace: farNamespace), to: "make the network devices \(veth.near.name) and \(veth.far.name)")
    }
}
