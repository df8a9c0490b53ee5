/// What `exec` asks for; nil and empty mean what the container itself was given.
public struct ExecRequest: Sendable {
    /// The program and its arguments.
    public var arguments: [String]
    /// `NAME=value`, on top of the container's.
    public var env: [String] = []
    /// The user, in the form of `-u`; nil takes the container's.
    public var user: String?
    /// The absolute working directory; nil takes the container's.
    public var workingDirectory: String?
    /// Whether the program gets a terminal of its own.
    public var tty = false
    /// The terminal's first size.
    public var terminalSize: (rows: UInt16, columns: UInt16)?
    /// Whether its stdin comes from the first client and ends with it; else it is /dev/null.
    public var openStdin = false
    /// Whether it gets every capability; filter and devices stay the container's.
    public var privileged = false

    /// A program with the container's defaults.
    public init(_ arguments: [String]) { self.arguments = arguments }
}
