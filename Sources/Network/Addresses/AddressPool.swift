import Glibc
public import LinuxSystem

/// The addresses of a network that are given out: for each a symbolic link with its name that leads to the container's id.
///
/// A link is made exclusively and in one step, so two starts never get the same address, and whoever dies on the way leaves a link that says
/// whose it was. The file `next` says where the search goes on, so that an address that was just given back is not given out at once: others
/// may still know it by its old hardware address. It is only a hint.
public struct AddressPool: Sendable {
    /// The directory of links; below /run, because after a reboot nothing has an address.
    public let directory: String

    /// The pool in a directory.
    public init(directory: String) { self.directory = directory }

    /// The link of an address.
    public func link(_ address: IPAddress) -> String { "\(directory)/\(address)" }

    /// Takes the next free address of a range.
    ///
    /// - Parameters:
    ///   - subnet: the network's.
    ///   - range: the part of it that addresses are given out of.
    ///   - reserved: addresses that nobody gets, such as the gateway's.
    /// - Throws: `ApusError` with `.conflict` when all are taken.
    public func take(from subnet: Subnet, range: Subnet, except reserved: [IPAddress], for owner: String) throws(ApusError) -> IPAddress {
        let count = range.hostBits >= 32 ? UInt128(1) << 32 : UInt128(1) << UInt128(range.hostBits)
        let hint = "\(directory)/next.\(range.first)"
        let start = (try? readLink(hint)).flatMap { UInt128($0) } ?? 0
        // Nobody looks through a range of millions: with so many free ones the first tries succeed.
        for step in 0..<min(count, 1 << 20) {
            let offset = (start + step) % count
            guard let address = range.address(at: offset), subnet.isUsable(address), !reserved.contains(address) else { continue }
            do { try take(address, for: owner) } catch  where error.code == .conflict { continue }
            // Not atomic, and need not be.
            _ = unsafe unlink(hint)
            _ = unsafe symlink("\((offset + 1) % count)", hint)
            return address
        }
        throw ApusError(.conflict, "cannot find a free address in \(range): all are taken", hint: "apus system prune gives back what crashes left")
    }

    /// Takes this address.
    ///
    /// - Throws: `ApusError` with `.conflict` when a container has it.
    public func take(_ address: IPAddress, for owner: String) throws(ApusError) {
        let link = link(address)
        if unsafe symlink(owner, link) == 0 { return }
        let number = errno
        guard number == EEXIST else { throw ApusError(errno: number, "cannot take the address \(address)") }
        let other = (try? readLink(link)) ?? "?"
        throw ApusError(.conflict, "the address \(address) is already in use by container \(other.prefix(12))")
    }

    /// Gives an address back that `owner` has; another's stays.
    public func release(_ address: IPAddress, of owner: String) {
        if (try? readLink(link(address))) == owner { _ = unsafe unlink(link(address)) }
    }

    /// Who has which address.
    public func taken() throws(ApusError) -> [IPAddress: String] {
        var taken: [IPAddress: String] = [:]
        for name in try listDirectory(directory) {
            guard let address = IPAddress(name), let owner = try? readLink("\(directory)/\(name)") else { continue }
            taken[address] = owner
        }
        return taken
    }
}
