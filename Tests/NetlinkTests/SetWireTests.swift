import Testing

@testable import Netlink

/// What goes to nftables, as annotated bytes.
@Suite struct SetWireTests {
    @Test func batch() {
        let element = SetElement([6, 0, 0, 0, 0x1f, 0x90, 0, 0], maps: [10, 0, 0, 2, 0, 80, 0, 0], comment: "web")
        #expect(
            SetChange.batch([.add([element], to: "p4")], table: "t", first: 5) == [
                20, 0, 0, 0, 16, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // NFNL_MSG_BATCH_BEGIN
                0, 0, 0, 10,  // nfgenmsg: subsystem nftables
                88, 0, 0, 0, 12, 10, 5, 6, 6, 0, 0, 0, 0, 0, 0, 0,  // NFT_MSG_NEWSETELEM: request, ack, create, exclusive
                1, 0, 0, 0,  // nfgenmsg: NFPROTO_INET
                6, 0, 1, 0, 0x74, 0, 0, 0,  // table t
                7, 0, 2, 0, 0x70, 0x34, 0, 0,  // set p4
                52, 0, 3, 0x80,  // elements, nested
                48, 0, 1, 0x80,  // one element
                16, 0, 1, 0x80, 12, 0, 1, 0, 6, 0, 0, 0, 0x1f, 0x90, 0, 0,  // key: tcp . 8080
                16, 0, 2, 0x80, 12, 0, 1, 0, 10, 0, 0, 2, 0, 80, 0, 0,  // data: 10.0.0.2 . 80
                10, 0, 6, 0, 0, 4, 0x77, 0x65, 0x62, 0, 0, 0,  // comment
                20, 0, 0, 0, 17, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10,  // NFNL_MSG_BATCH_END
            ])
        let removal = SetChange.batch([.remove([SetElement([1, 2, 3, 4])], from: "s")], table: "t", acknowledged: false)
        #expect(removal[24] == 14 && removal[25] == 10 && removal[26] == 1 && removal[27] == 0)
    }

    @Test func elementsReadBack() {
        for element in [
            SetElement([1, 2, 3, 4]), SetElement([1], maps: [2], comment: "who"), SetElement([9, 9], endsInterval: true),
        ] {
            var list = AttributeList()
            element.encode(into: &list)
            let value = AttributeList.list(list.bytes[...])[0].value
            #expect(SetElement(decoding: value) == element)
            for length in 0..<value.count { _ = SetElement(decoding: value.prefix(length)) }
        }
        #expect(SetElement(decoding: []) == nil)
        // A comment that says it is longer than its attribute.
        var lying = AttributeList()
        lying.nest(1) { $0.add(1, [1]) }
        lying.add(6, [0, 200, 0x61])
        #expect(SetElement(decoding: lying.bytes[...])?.comment == nil)
    }

    @Test func intervals() {
        #expect(SetElement.interval([10, 1, 2, 3], prefix: 16) == [SetElement([10, 1, 0, 0]), SetElement([10, 2, 0, 0], endsInterval: true)])
        #expect(SetElement.interval([10, 1, 255, 128], prefix: 25) == [SetElement([10, 1, 255, 128]), SetElement([10, 2, 0, 0], endsInterval: true)])
        #expect(SetElement.interval([10, 1, 2, 3], prefix: 32) == [SetElement([10, 1, 2, 3]), SetElement([10, 1, 2, 4], endsInterval: true)])
        #expect(SetElement.interval([255, 0, 0, 0], prefix: 8) == [SetElement([255, 0, 0, 0])])
        #expect(SetElement.part([6]) == [6, 0, 0, 0] && SetElement.part([0x61], to: 16).count == 16)
    }
}
