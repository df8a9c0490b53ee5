import LinuxSystem
import SwitchControl

/// The steps that take back what a transaction has done outside of the database, and those that can be done only when it has succeeded.
struct Undo {
    private var steps: [() -> Void] = []
    private var last: [() -> Void] = []

    mutating func add(_ step: @escaping () -> Void) { steps.append(step) }

    /// Something that cannot be taken back, for the end.
    mutating func whenDone(_ step: @escaping () -> Void) { last.append(step) }

    /// Does what was kept for the end.
    func finish() {
        for step in last { step() }
    }

    /// Takes all back, the last first.
    func run() {
        for step in steps.reversed() { step() }
    }
}

extension Switch {
    /// Carries out changes, all or none.
    ///
    /// - Returns: for each a number: of a port its number, of rules how many were concerned, otherwise 0.
    func change(_ changes: [Change]) throws(ApusError) -> [UInt32] {
        var undo = Undo()
        do {
            let numbers = try database.transaction(isSynced: changes.contains { mustSurvive($0) }) { () throws(ApusError) in
                var numbers: [UInt32] = []
                for change in changes { numbers.append(try carryOut(change, &undo)) }
                return numbers
            }
            undo.finish()
            return numbers
        } catch {
            undo.run()
            throw error
        }
    }

    /// Whether a change must survive a power cut; what ends with the boot need not.
    private func mustSurvive(_ change: Change) -> Bool {
        func isKept(_ name: String) -> Bool { (try? bridge(name))?.settings.isEphemeral != true }
        return switch change {
        case .addBridge(let settings, _), .setBridge(let settings): !settings.isEphemeral
        case .addPort(let settings, _), .setPort(let settings): !settings.isEphemeral
        case .removePort(_, let name, _): ports.values.contains { $0.isNamed(name) && !$0.settings.isEphemeral }
        case .removeBridge(let name, _), .addRules(let name, _), .modifyRules(let name, _, _), .removeRules(let name, _, _),
            .replaceRules(let name, _), .removeMirror(let name, _), .removeMeter(let name, _), .removeMAC(let name, _, _):
            isKept(name)
        case .setMirror(let mirror): isKept(mirror.bridge)
        case .setMeter(let meter): isKept(meter.bridge)
        case .addMAC(let entry): isKept(entry.bridge)
        case .flushMACs: false
        }
    }

    private func carryOut(_ change: Change, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        switch change {
        case .addBridge(let settings, let mayExist): try addBridge(settings, mayExist: mayExist, &undo)
        case .setBridge(let settings): try setBridge(settings, &undo)
        case .removeBridge(let name, let mayLack): try removeBridge(name, mayLack: mayLack, &undo)
        case .addPort(let settings, let mayExist): return try addPort(settings, mayExist: mayExist, &undo)
        case .setPort(let settings): return try setPort(settings, &undo)
        case .removePort(let bridge, let name, let mayLack): return try removePort(name, in: bridge, mayLack: mayLack, &undo)
        case .addRules(let name, let texts): return try addRules(texts, to: bridge(name), &undo)
        case .modifyRules(let name, let texts, let isStrict): return try modifyRules(texts, isStrict: isStrict, in: bridge(name), &undo)
        case .removeRules(let name, let texts, let isStrict): return try removeRules(texts, isStrict: isStrict, from: bridge(name), &undo)
        case .replaceRules(let name, let texts): return try replaceRules(texts, in: bridge(name), &undo)
        case .setMirror(let mirror): try setMirror(mirror, &undo)
        case .removeMirror(let name, let mirror): try removeMirror(mirror, from: bridge(name), &undo)
        case .setMeter(let meter): try setMeter(meter, &undo)
        case .removeMeter(let name, let id): try removeMeter(id, from: bridge(name), &undo)
        case .addMAC(let entry): try addMAC(entry, &undo)
        case .removeMAC(let name, let vlan, let mac): try removeMAC(mac, vlan: vlan, from: bridge(name), &undo)
        case .flushMACs(let name): try flushMACs(of: bridges(name))
        }
        return 0
    }
}
