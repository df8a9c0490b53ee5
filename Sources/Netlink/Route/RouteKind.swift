/// RTM_* of rtnetlink(7).
enum RouteKind {
    static let newLink: UInt16 = 16
    static let deleteLink: UInt16 = 17
    static let getLink: UInt16 = 18
    static let newAddress: UInt16 = 20
    static let deleteAddress: UInt16 = 21
    static let getAddress: UInt16 = 22
    static let newRoute: UInt16 = 24
    static let deleteRoute: UInt16 = 25
    static let getRoute: UInt16 = 26
    static let newNeighbour: UInt16 = 28
    static let deleteNeighbour: UInt16 = 29
}

/// IFLA_* of a link.
enum LinkAttribute {
    static let address: UInt16 = 1
    static let name: UInt16 = 3
    static let mtu: UInt16 = 4
    static let peerIndex: UInt16 = 5
    static let master: UInt16 = 10
    static let info: UInt16 = 18
    static let namespace: UInt16 = 28
    static let peerNamespace: UInt16 = 37
}

/// The 16 bytes of struct ifinfomsg.
func linkHeader(_ index: Int32, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
    [0, 0, 0, 0] + hostBytes(index) + hostBytes(flags) + hostBytes(change)
}
