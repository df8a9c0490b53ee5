import PacketCore
import Testing

struct AddressTests {
    @Test func macAddresses() {
        #expect(MACAddress("52:54:00:aB:0:7")?.description == "52:54:00:ab:00:07")
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress("02:00:00:00:00:01")?.isMulticast == false)
        #expect(MACAddress("01:80:c2:00:00:0e")?.isReservedMulticast == true)
        #expect(MACAddress("01:80:c2:00:00:10")?.isReservedMulticast == false)
        for text in ["", "52:54:00:ab:00", "52:54:00:ab:00:07:1", "52:54:00:ab:00:", "52:54:00:ab:00:100", "g2:54:00:ab:00:07", "+2:54:00:ab:00:07"] {
            #expect(MACAddress(text) == nil, "\(text)")
        }
    }

    @Test func ipv4Addresses() {
        #expect(IPv4Address("10.0.0.255")?.rawValue == 0x0a00_00ff)
        #expect(IPv4Address("10.0.0.255")?.description == "10.0.0.255")
        for text in ["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1.", "10.0.0.1.2", "10.0.0.-1", "10.0.0. 1", "10..0.1"] {
            #expect(IPv4Address(text) == nil, "\(text)")
        }
        #expect(IPv4Address.mask(length: 20).description == "255.255.240.0")
        #expect([0, 1, 20, 31, 32].allSatisfy { IPv4Address.mask(length: $0).maskLength == $0 })
        #expect(IPv4Address("255.0.255.0")?.maskLength == nil)
    }

    @Test func ipv6Addresses() {
        let same = [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:c000:201"), ("::192.0.2.1", "::c000:201"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("fe80::1:0:0:0", "fe80::1:0:0:0"),
        ]
        for (text, normal) in same { #expect(IPv6Address(text)?.description == normal, "\(text)") }
        for text in [
            "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "1:2:3:4:5:6:7:8::", "1::2:3:4:5:6:7:8", "12345::", "fe80::1%eth0", "1:",
            ":1", "::1:", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "g::",
        ] {
            #expect(IPv6Address(text) == nil, "\(text)")
        }
        #expect([0, 1, 64, 127, 128].allSatisfy { IPv6Address.mask(length: $0).maskLength == $0 })
        #expect(IPv6Address.linkLocal(of: MACAddress("52:54:00:12:34:56")!).description == "fe80::5054:ff:fe12:3456")
    }
}
