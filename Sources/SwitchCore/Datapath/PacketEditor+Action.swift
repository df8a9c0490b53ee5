public import PacketCore

extension PacketEditor {
    /// Carries out an action that changes the packet; false where it cannot be, as for want of room for a tag.
    ///
    /// Other actions change nothing.
    public mutating func apply(_ action: DatapathAction) -> Bool {
        switch action {
        case .set(let value, let mask): set(value, mask: mask)
        case .pushVLAN(let tpid, let tci): return pushVLAN(tpid: tpid, tci: tci)
        case .popVLAN: return popVLAN()
        case .output, .meter, .upcall, .drop: break
        }
        return true
    }
}
