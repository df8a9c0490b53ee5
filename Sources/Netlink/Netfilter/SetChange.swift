/// Elements that are added to a set or map of nftables, or removed from it.
public struct SetChange: Sendable, Equatable {
    /// Whether the elements are added.
    public var adds: Bool
    /// The name of the set or map.
    public var set: String
    /// The elements.
    public var elements: [SetElement]

    /// Adds elements; one that is there already is an error (EEXIST).
    public static func add(_ elements: [SetElement], to set: String) -> SetChange { SetChange(adds: true, set: set, elements: elements) }

    /// Removes elements; one that is not there is an error (ENOENT).
    public static func remove(_ elements: [SetElement], from set: String) -> SetChange { SetChange(adds: false, set: set, elements: elements) }

    /// NFPROTO_INET.
    static let family: UInt8 = 1

    /// NFNL_SUBSYS_NFTABLES and a number of NFT_MSG_*.
    static func kind(_ number: UInt16) -> UInt16 { 10 << 8 | number }

    /// NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM.
    func message(table: String) -> NetlinkMessage {
        var message = NetlinkMessage(
            Self.kind(adds ? 12 : 14), [Self.family, 0, 0, 0], flags: adds ? [.acknowledge, .create, .exclusive] : [.acknowledge])
        var attributes = AttributeList()
        attributes.add(1, text: table)  // NFTA_SET_ELEM_LIST_TABLE
        attributes.add(2, text: set)  // NFTA_SET_ELEM_LIST_SET
        attributes.nest(3) { list in for element in elements { element.encode(into: &list) } }  // NFTA_SET_ELEM_LIST_ELEMENTS
        message.add(attributes)
        return message
    }

    /// The changes between NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END: all of them happen, or none.
    ///
    /// - Parameters:
    ///   - table: a table of the family inet.
    ///   - first: the number of the first message; the others follow.
    ///   - acknowledged: whether each message is answered; without, a failure alone is.
    public static func batch(_ changes: [SetChange], table: String, first: UInt32 = 0, acknowledged: Bool = true) -> [UInt8] {
        let header: [UInt8] = [0, 0, 0, 10]
        var number = first
        var bytes = NetlinkMessage(16, header).encoded(.request, sequence: number)
        for change in changes {
            number += 1
            let message = change.message(table: table)
            bytes += message.encoded(acknowledged ? [.request, message.flags] : [.request, message.flags.subtracting(.acknowledge)], sequence: number)
        }
        return bytes + NetlinkMessage(17, header).encoded(.request, sequence: number + 1)
    }
}
