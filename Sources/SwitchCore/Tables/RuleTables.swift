public import LinuxSystem

/// The rules of one bridge: up to 255 tables, each with a classifier.
public final class RuleTables {
    private var tables: [Classifier?] = Array(repeating: nil, count: 255)
    /// Rules with a timeout, by id.
    private var timed: [UInt64: Rule] = [:]
    private var nextID: UInt64 = 1
    /// Changes with every change of a rule.
    public private(set) var generation: UInt64 = 0
    /// Rules of all tables.
    public private(set) var count = 0

    /// Without rules.
    public init() {}

    /// Nil where a table has never had a rule.
    func table(_ number: UInt8) -> Classifier? { number < 255 ? tables[Int(number)] : nil }

    /// Adds a rule, in the place of one of the same match and priority; its counts go on unless `resetCounts` is set.
    @discardableResult
    public func add(_ spec: RuleSpec, now: UInt64) throws(ApusError) -> Rule {
        guard spec.table < 255 else { throw ApusError(.invalidArgument, "there is no table 255") }
        let table = tables[Int(spec.table)] ?? Classifier()
        tables[Int(spec.table)] = table
        if spec.flags.contains(.checkOverlap), let other = table.rules.first(where: { $0.spec.priority == spec.priority && $0.spec.match.overlaps(spec.match) })
        {
            throw ApusError(.conflict, "a rule of the same priority matches some of the same packets: \(other.spec.text())")
        }
        let rule = Rule(id: nextID, spec, now: now)
        nextID += 1
        if let before = table.find(spec.match, priority: spec.priority) {
            if !spec.flags.contains(.resetCounts) { (rule.packets, rule.bytes) = (before.packets, before.bytes) }
            remove(before)
        }
        table.insert(rule)
        count += 1
        if spec.idleTimeout != 0 || spec.hardTimeout != 0 { timed[rule.id] = rule }
        generation += 1
        return rule
    }

    /// Gives the chosen rules new actions; returns how many.
    ///
    /// `change` also brings the cookie and flags; where no rule is chosen none is added.
    public func modify(_ filter: RuleFilter, to change: RuleSpec, now: UInt64) -> Int {
        let chosen = rules(filter)
        for rule in chosen {
            rule.spec.actions = change.actions
            if change.cookie != 0 { rule.spec.cookie = change.cookie }
            if change.flags.contains(.resetCounts) { (rule.packets, rule.bytes) = (0, 0) }
            rule.modified = now
        }
        if !chosen.isEmpty { generation += 1 }
        return chosen.count
    }

    /// Takes the chosen rules out and returns them.
    @discardableResult
    public func delete(_ filter: RuleFilter) -> [Rule] {
        let chosen = rules(filter)
        for rule in chosen { remove(rule) }
        return chosen
    }

    /// Takes out what has timed out, with the reason.
    public func expire(now: UInt64) -> [(rule: Rule, reason: RuleExpiry)] {
        var expired: [(rule: Rule, reason: RuleExpiry)] = []
        for rule in timed.values { if let reason = rule.expiry(now: now) { expired.append((rule, reason)) } }
        for (rule, _) in expired { remove(rule) }
        return expired.sorted { $0.rule.id < $1.rule.id }
    }

    /// The chosen rules, by table, then the highest priority first, then the oldest.
    public func rules(_ filter: RuleFilter = RuleFilter()) -> [Rule] {
        var chosen: [Rule] = []
        for (number, table) in tables.enumerated() {
            guard let table, filter.table == nil || Int(filter.table!) == number else { continue }
            if filter.isStrict {
                if let rule = table.find(filter.match, priority: filter.priority), filter.takes(rule.spec) { chosen.append(rule) }
            } else {
                chosen += table.rules.filter { filter.takes($0.spec) }.sorted { ($1.priority, $0.id) < ($0.priority, $1.id) }
            }
        }
        return chosen
    }

    private func remove(_ rule: Rule) {
        tables[Int(rule.spec.table)]?.remove(rule)
        timed[rule.id] = nil
        rule.isGone = true
        count -= 1
        generation += 1
    }
}
