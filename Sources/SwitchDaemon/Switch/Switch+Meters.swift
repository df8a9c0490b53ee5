import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    func setMeter(_ wanted: MeterSettings, _ undo: inout Undo) throws(ApusError) {
        let bridge = try bridge(wanted.bridge)
        var meter = wanted
        meter.bridge = bridge.name
        if meter.burst == 0 { meter.burst = max(meter.rate / 10, 12_000) }
        try SettingsCheck.check(meter)
        try database.put(meter)
        let before = bridge.meters[meter.id]
        let number = try network.addMeter(meter.id, in: bridge.name)
        bridge.meters[meter.id] = meter
        undo.add { [unowned self] in
            bridge.meters[meter.id] = before
            try? datapath.setMeter(number, rate: before?.rate ?? 0, burst: before?.burst ?? 0)
            if before == nil { _ = try? network.removeMeter(meter.id, in: bridge.name) }
        }
        try datapath.setMeter(number, rate: meter.rate, burst: meter.burst)
    }

    func removeMeter(_ id: UInt32, from bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) {
        guard bridge.meters[id] != nil else { throw ApusError(.notFound, "bridge \(bridge.name) has no meter \(id)") }
        try takeMeter(id, from: bridge, &undo)
    }

    /// Removes a meter with the rules that use it.
    func takeMeter(_ id: UInt32, from bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) {
        guard let before = bridge.meters[id] else { return }
        let users = try network.bridge(bridge.name).rules.rules().map(\.spec).filter { $0.actions.contains(.meter(id)) }
        for spec in users { try removeStored(spec, of: bridge) }
        try database.removeMeter(bridge: bridge.name, id: id)
        bridge.meters[id] = nil
        let number = try network.removeMeter(id, in: bridge.name)
        undo.add { [unowned self] in
            bridge.meters[id] = before
            guard let again = try? network.addMeter(id, in: bridge.name) else { return }
            try? datapath.setMeter(again, rate: before.rate, burst: before.burst)
            for spec in users { _ = try? network.bridge(bridge.name).add(spec, now: monotonicNanoseconds()) }
        }
        try datapath.setMeter(number, rate: 0, burst: 0)
    }
}
