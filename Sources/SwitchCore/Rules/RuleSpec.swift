/// A rule as it is written: what `add-flow` takes and `dump-flows` prints.
public struct RuleSpec: Hashable, Sendable {
    /// What packets enter first is table 0; 254 is the last.
    public var table: UInt8 = 0
    /// The highest of the matching rules of a table decides.
    public var priority: UInt16 = 32768
    /// For which packets.
    public var match = Match()
    /// In order; none drops.
    public var actions: [Action] = []
    /// The user's own number.
    public var cookie: UInt64 = 0
    /// Seconds without a packet after which the rule goes; 0 for never.
    public var idleTimeout: UInt16 = 0
    /// Seconds after which the rule goes; 0 for never.
    public var hardTimeout: UInt16 = 0
    /// Said when the rule goes.
    public var flags: RuleFlags = []

    /// Every packet of table 0 is dropped.
    public init() {}
}

/// What a rule was given beside its actions.
public struct RuleFlags: OptionSet, Hashable, Sendable {
    /// One bit a flag.
    public let rawValue: UInt8

    /// Takes the bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Whoever watches the bridge is told when the rule goes.
    public static let sendRemoved = RuleFlags(rawValue: 1)
    /// Adding fails where a rule of the same priority matches some of the same packets.
    public static let checkOverlap = RuleFlags(rawValue: 2)
    /// Modifying sets the counts to zero.
    public static let resetCounts = RuleFlags(rawValue: 4)
}

/// Which rules a command is for: those whose match lies within, or (strict) the one of the same match and priority.
public struct RuleFilter: Sendable {
    /// Nil: of all tables.
    public var table: UInt8?
    /// Counts where strict.
    public var priority: UInt16 = 32768
    /// Loose: rules at least as narrow.
    public var match = Match()
    /// Under the mask.
    public var cookie: UInt64 = 0
    /// A 1 bit counts.
    public var cookieMask: UInt64 = 0
    /// Only rules that output there.
    public var outPort: PortNumber?
    /// The match and the priority are the rule's own.
    public var isStrict = false

    /// Every rule of every table.
    public init() {}

    /// Whether a command is for this rule.
    public func takes(_ rule: RuleSpec) -> Bool {
        if let table, table != rule.table { return false }
        if (rule.cookie ^ cookie) & cookieMask != 0 { return false }
        if let outPort, !rule.actions.contains(.output(outPort)) { return false }
        return isStrict ? priority == rule.priority && match == rule.match : rule.match.isWithin(match)
    }
}
