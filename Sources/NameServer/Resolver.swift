import LinuxSystem
public import Network

/// Decides what becomes of a message that came to a network's name server.
public struct Resolver: Sendable {
    /// What is done.
    public enum Decision: Sendable, Equatable {
        /// This is sent back.
        case answer([UInt8])
        /// These servers are asked, one after the other.
        case forward(to: [IPAddress])
        /// Nothing: it was no question.
        case ignore
    }

    private let directory: NameDirectory
    private let ownAddresses: [IPAddress]

    /// A resolver.
    ///
    /// - Parameter ownAddresses: where our name servers listen: they never ask themselves.
    public init(_ directory: NameDirectory, ownAddresses: [IPAddress]) {
        self.directory = directory
        self.ownAddresses = ownAddresses
    }

    /// Decides.
    ///
    /// Only containers get what others know. So a question that comes back to us by the host's own name server is not sent round for ever, and
    /// nobody outside can use the host as a resolver.
    ///
    /// - Parameters:
    ///   - sender: who asks.
    ///   - network: the id of the network on whose gateway it came.
    ///   - limit: bytes of the answer at most; nil for what the question says.
    ///   - hostServers: the host's name servers, read when they are needed.
    public func decide(
        _ message: [UInt8], from sender: IPAddress, on network: String, limit: Int? = nil, hostServers: () -> [IPAddress]
    ) -> Decision {
        guard let question = Question(message) else { return Answer.malformed(message).map { .answer($0) } ?? .ignore }
        let limit = limit ?? question.size
        let asker = directory.container(at: sender, on: network)
        switch directory.find(question, on: network, asker: asker) {
        case .records(let records): return .answer(Answer.message(question, records, limit: limit))
        case .nobody: return .answer(Answer.message(question, [], .noName, limit: limit))
        case .unknown:
            guard let asker, directory.mayForward(asker), question.wantsRecursion else {
                return .answer(Answer.message(question, [], .refused, limit: limit))
            }
            let servers = (asker.dns.isEmpty ? hostServers() : asker.dns.compactMap { IPAddress($0) }).filter { !ownAddresses.contains($0) }
            return servers.isEmpty ? .answer(Answer.message(question, [], .failure, limit: limit)) : .forward(to: servers)
        }
    }

    /// The name servers of /etc/resolv.conf.
    public static func servers(in text: String) -> [IPAddress] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return IPAddress(words[1])
        }
    }
}
