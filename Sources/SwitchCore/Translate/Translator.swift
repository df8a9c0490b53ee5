public import PacketCore

/// Follows one packet through the switch and notes what the datapath shall do, and every bit of the key that this depended on.
///
/// The safe direction of an error in `read` is more bits. What keeps it right: the current key and the original one agree in every bit that was not set since; what
/// was set is a constant of a rule, or was computed from bits that are in `read`. So reading the current key and noting the same place in `read` is enough.
final class Translator {
    static let maximumDepth = 64
    static let maximumResubmits = 4096
    static let maximumActions = 4096

    let network: VirtualSwitch
    let now: UInt64
    /// As the packet came in.
    let original: FlowKey
    var trace: TraceRecorder?
    var result = Translation()

    var bridge: Bridge
    /// As the packet is by now.
    var key: PipelineKey
    var read = PipelineKey()
    var tags: TagStack
    /// Bits of the key that actions have set and the datapath has not yet.
    var unset = FlowKey()
    /// The packet's tags in the datapath.
    var sentTags: TagStack
    /// Bits that the datapath was told to set.
    var sent = FlowKey()

    var depth = 0
    var resubmits = 0
    /// Nothing more is to be done.
    var isOver = false
    /// It goes somewhere, copies of mirrors not counted.
    var isDelivered = false
    /// Mirrors that have had their copy, by bridge and place in its list.
    var mirrored: [(bridge: Bridge, index: Int)] = []

    init(_ network: VirtualSwitch, _ original: FlowKey, bridge: Bridge, now: UInt64, trace: TraceRecorder?) {
        (self.network, self.original, self.bridge, self.now, self.trace) = (network, original, bridge, now, trace)
        key = PipelineKey(original)
        tags = TagStack(original)
        sentTags = tags
    }

    func finish() -> Translation {
        result.mask = read.packet
        result.generation = network.generation
        // A packet that went round in circles goes nowhere, not half the way.
        if isOver { (result.actions, isDelivered) = ([], false) }
        if !isDelivered {
            // Meters and changes that lead nowhere go; copies of mirrors stay.
            if !result.hasOutput { result.actions = [] }
            result.actions.append(.drop(result.drop ?? .rule))
        }
        return result
    }

    func drop(_ reason: DropReason, _ why: @autoclosure () -> String = "") {
        result.drop = reason
        trace?.add(depth, .drop(reason, why()))
    }

    func note(_ text: @autoclosure () -> String) { trace?.add(depth, .note(text())) }

    // What was read, by field.

    func readInPort() { read.packet.inPort = ~0 }
    func readType() { read.packet.ethernetType = ~0 }
    func readSource() { read.packet.ethernetSource = .broadcast }
    func readDestination() { read.packet.ethernetDestination = .broadcast }

    func readTags() {
        read.packet.words[5] = ~0
        read.packet.vlanCount = ~0
    }
}

extension VirtualSwitch {
    /// Follows a packet through its bridge; changes nothing.
    ///
    /// `now` is CLOCK_MONOTONIC in ns. What it teaches is done by `apply`.
    public func translate(_ key: FlowKey, now: UInt64) -> Translation { translate(key, now: now, trace: nil) }

    func translate(_ key: FlowKey, now: UInt64, trace: TraceRecorder?) -> Translation {
        guard let port = port(PortNumber(rawValue: key.inPort)) else {
            var result = Translation()
            (result.actions, result.drop, result.generation) = ([.drop(.unknownPort)], .unknownPort, generation)
            result.mask.inPort = ~0
            result.mask.recirculation = ~0
            trace?.add(0, .drop(.unknownPort, "there is no port \(key.inPort)"))
            return result
        }
        let translator = Translator(self, key, bridge: port.bridge, now: now, trace: trace)
        translator.readInPort()
        translator.readType()
        translator.read.packet.recirculation = ~0
        translator.enter(port)
        return translator.finish()
    }

    /// Packets went the way of a translation: the bridges learn what they teach, and the rules are credited.
    ///
    /// `bytes` is their length together, `now` the time of the last one.
    public func apply(_ translation: Translation, packets: UInt64, bytes: UInt64, now: UInt64) {
        for effect in translation.learns {
            guard let port = port(effect.port), port.bridge.id == effect.bridge else { continue }
            port.bridge.addresses.learn(vlan: effect.vlan, effect.mac, at: effect.port, portLimit: port.configuration.macLimit, now: now)
        }
        for rule in translation.rules { rule.credit(packets, bytes, now) }
    }
}
