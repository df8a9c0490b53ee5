import Glibc
public import LinuxSystem

extension NetlinkSocket {
    /// Changes sets and maps of a table of the family inet, all or nothing; for a socket of `.netfilter`.
    ///
    /// - Parameter action: what is being done, for the error.
    /// - Throws: `ApusError` with the kernel's errno: ENOENT where the table, a set or an element is not there, EEXIST where an element is.
    public mutating func change(_ changes: [SetChange], table: String, to action: @autoclosure () -> String) throws(ApusError) {
        if changes.isEmpty { return }
        let begin = next()
        for _ in changes { _ = next() }
        let end = next()
        try send(SetChange.batch(changes, table: table, first: begin), action())
        // The kernel has answered when send(2) returns. It answers each message, but only that of the beginning when it refuses the whole.
        var left = changes.count
        var failure: ApusError?
        while left > 0 {
            let answers: [NetlinkMessage]
            do { answers = try receive(action(), flags: Int32(MSG_DONTWAIT)) } catch {
                throw failure ?? ApusError(.system, "cannot \(action()): the kernel did not say whether it did it")
            }
            for message in answers where (begin...end).contains(message.sequence) && message.kind == NetlinkMessage.error {
                if message.sequence != begin { left -= 1 }
                if let error = Self.failure(message, action()), failure == nil { failure = error }
            }
        }
        if let failure { throw failure }
    }

    /// The elements of a set or map of a table of the family inet; for a socket of `.netfilter`.
    public mutating func elements(of set: String, table: String) throws(ApusError) -> [SetElement] {
        var message = NetlinkMessage(SetChange.kind(13), [SetChange.family, 0, 0, 0])  // NFT_MSG_GETSETELEM
        var attributes = AttributeList()
        attributes.add(1, text: table)
        attributes.add(2, text: set)
        message.add(attributes)
        return try ask(message, .dump, to: "list \(set) of the nftables table \(table)").flatMap { answer in
            let list = answer.attributes(after: 4)[3] ?? []
            return AttributeList.list(list[...]).compactMap { SetElement(decoding: $0.value) }
        }
    }

    /// Whether a table of the family inet is there; for a socket of `.netfilter`.
    public mutating func hasTable(_ name: String) throws(ApusError) -> Bool {
        var message = NetlinkMessage(SetChange.kind(1), [SetChange.family, 0, 0, 0])  // NFT_MSG_GETTABLE
        message.add(1, Array(name.utf8) + [0])
        do { return try !ask(message, to: "look for the nftables table \(name)").isEmpty } catch  where error.errno == ENOENT { return false }
    }
}
