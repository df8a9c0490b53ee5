internal import PacketCore

/// The parts of the key that a subtable looks at one after the other, so that a miss in an early part leaves the later ones out of the megaflow.
enum Stage: Int, CaseIterable {
    /// Where the packet is from, metadata and registers.
    case metadata
    /// Ethernet and tags.
    case link
    /// IP, ARP and ND.
    case network
    /// Ports and TCP's flags.
    case transport

    /// Which bits of a word belong to the stage.
    func mask(ofWord index: Int) -> UInt64 {
        let isHere: (Stage) -> UInt64 = { $0 == self ? ~0 : 0 }
        switch index {
        case 0...2, FlowKey.wordCount...: return isHere(.metadata)
        case 3...5: return isHere(.link)
        case 6: return self == .network ? 0xffff_ffff : self == .transport ? 0xffff_ffff << 32 : 0
        case 7: return self == .network ? 0xffff_ffff << 32 : self == .transport ? 0xffff_ffff : 0
        default: return isHere(.network)
        }
    }
}

/// One word of a mask, with its place.
struct MaskWord {
    let index: Int
    let mask: UInt64
}

/// A cheap hash over a few words.
///
/// Both halves of the product, so that the high bits of a word (where a port or the end of an address lies) reach the low bits of the hash.
@inline(__always) func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
}
