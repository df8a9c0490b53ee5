import LinuxSystem
import SwitchControl
import SwitchCore

/// Rules as users write them, as the slow path obeys them, and as the database keeps them.
///
/// Users name ports; the database and the slow path number them, so a rule outlives the port that it names.
extension Switch {
    func addRules(_ texts: [String], to bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let resolver = resolver(bridge)
        for text in texts { try add(RuleSpec(parsing: text, ports: resolver), to: bridge, &undo) }
        return UInt32(texts.count)
    }

    func modifyRules(_ texts: [String], isStrict: Bool, in bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let decided = try network.bridge(bridge.name)
        let now = monotonicNanoseconds()
        var count = 0
        for text in texts {
            let (filter, change) = try RuleFilter.parseModification(text, strict: isStrict, ports: resolver(bridge))
            let rules = decided.rules.rules(filter)
            let before = rules.map(\.spec)
            undo.add { [unowned self] in putBack(before, bridge) }
            count += try decided.modify(filter, to: change, now: now)
            for rule in rules { try store(rule.spec, of: bridge) }
        }
        return UInt32(count)
    }

    func removeRules(_ texts: [String], isStrict: Bool, from bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let decided = try network.bridge(bridge.name)
        var count = 0
        for text in texts {
            let filter = try RuleFilter(parsing: text, strict: isStrict, ports: resolver(bridge))
            let removed = decided.rules.delete(filter).map(\.spec)
            undo.add { [unowned self] in putBack(removed, bridge) }
            if decided.rules.count == 0 {
                try database.removeRules(of: bridge.name)
            } else {
                for spec in removed { try removeStored(spec, of: bridge) }
            }
            count += removed.count
        }
        return UInt32(count)
    }

    func replaceRules(_ texts: [String], in bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let decided = try network.bridge(bridge.name)
        let resolver = resolver(bridge)
        var wanted: [RuleSpec] = []
        for text in texts { wanted.append(try RuleSpec(parsing: text, ports: resolver)) }
        let kept = Set(wanted)
        var present: Set<RuleSpec> = []
        for rule in decided.rules.rules() {
            if kept.contains(rule.spec) {
                present.insert(rule.spec)
                continue
            }
            let spec = rule.spec
            decided.rules.delete(RuleFilter(only: spec))
            undo.add { [unowned self] in putBack([spec], bridge) }
            try removeStored(spec, of: bridge)
        }
        for spec in wanted where !present.contains(spec) { try add(spec, to: bridge, &undo) }
        return UInt32(wanted.count)
    }

    private func add(_ spec: RuleSpec, to bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) {
        let decided = try network.bridge(bridge.name)
        let only = RuleFilter(only: spec)
        let before = decided.rules.rules(only).first?.spec
        try decided.add(spec, now: monotonicNanoseconds())
        undo.add { [unowned self] in
            if let before { putBack([before], bridge) } else { network.bridges[bridge.name]?.rules.delete(only) }
        }
        try store(spec, of: bridge)
    }

    /// Of a failed transaction; the bridge may have been removed and made anew meanwhile.
    private func putBack(_ specs: [RuleSpec], _ bridge: RunningBridge) {
        for spec in specs { _ = try? network.bridges[bridge.name]?.add(spec, now: monotonicNanoseconds()) }
    }

    private func store(_ spec: RuleSpec, of bridge: RunningBridge) throws(ApusError) {
        try database.put(
            StoredRule(
                bridge: bridge.name, table: spec.table, priority: spec.priority, match: spec.match.text(), rule: spec.text(),
                made: Int64(Timestamp.now().seconds)))
    }

    func removeStored(_ spec: RuleSpec, of bridge: RunningBridge) throws(ApusError) {
        try database.removeRule(bridge: bridge.name, table: spec.table, priority: spec.priority, match: spec.match.text())
    }

    /// Puts the rules of the database into the tables; those whose time ran out meanwhile are left out.
    func restoreRules(of bridge: RunningBridge) throws(ApusError) {
        let decided = try network.bridge(bridge.name)
        let now = monotonicNanoseconds()
        let today = Int64(Timestamp.now().seconds)
        var expired: [RuleSpec] = []
        try database.forEachRule(of: bridge.name) { stored in
            attempt("rule \"\(stored.rule)\" of bridge \(bridge.name)") { () throws(ApusError) in
                let spec = try RuleSpec(parsing: stored.rule) { _ in nil }
                let age = UInt64(max(0, today - stored.made))
                if spec.hardTimeout != 0 && age >= spec.hardTimeout { return expired.append(spec) }
                // An idle timeout begins anew: nobody knows what passed meanwhile.
                let made = spec.idleTimeout == 0 ? now &- min(now, age * 1_000_000_000) : now
                try decided.add(spec, now: made)
            }
        }
        try remove(expired, of: bridge)
    }

    /// Takes out rules whose timeouts have passed.
    func expireRules(now: UInt64) throws(ApusError) {
        for bridge in bridges.values {
            guard let decided = network.bridges[bridge.name] else { continue }
            let expired = decided.rules.expire(now: now)
            if expired.isEmpty { continue }
            for (rule, reason) in expired { log(.debug, about: "timeouts", "bridge \(bridge.name): \(reason) timeout of \(rule.spec.text())") }
            try remove(expired.map(\.rule.spec), of: bridge)
        }
    }

    private func remove(_ specs: [RuleSpec], of bridge: RunningBridge) throws(ApusError) {
        if specs.isEmpty { return }
        try database.transaction(isSynced: false) { () throws(ApusError) in
            for spec in specs { try removeStored(spec, of: bridge) }
        }
    }

    /// How rules of a bridge name ports: LOCAL, a port of the bridge, or the container behind one.
    func resolver(_ bridge: RunningBridge) -> PortResolver {
        { [unowned self] word in
            if word == "LOCAL" || word == "local" { return network.bridges[bridge.name]?.local?.number }
            return (try? port(word, in: bridge.name))?.number
        }
    }

    /// Ports by their names.
    var namer: PortNamer { { [unowned self] number in ports[number.rawValue]?.settings.name } }
}

extension RuleFilter {
    /// For one rule alone.
    init(only spec: RuleSpec) {
        self.init()
        (table, priority, match, isStrict) = (spec.table, spec.priority, spec.match, true)
    }
}
