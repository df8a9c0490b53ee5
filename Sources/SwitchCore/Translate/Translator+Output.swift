internal import PacketCore

extension Translator {
    func append(_ action: DatapathAction) {
        guard result.actions.count < Translator.maximumActions else {
            if !isOver { drop(.tooDeep, "more than \(Translator.maximumActions) actions of the datapath") }
            isOver = true
            return
        }
        result.actions.append(action)
    }

    /// The datapath is told what actions have changed so far.
    func commit() {
        if unset != FlowKey() {
            var value = key.packet
            for index in 0..<FlowKey.wordCount { value.words[index] &= unset.words[index] }
            append(.set(value: value, mask: unset))
            for index in 0..<FlowKey.wordCount { sent.words[index] |= unset.words[index] }
            unset = FlowKey()
        }
        if tags != sentTags {
            for step in sentTags.steps(to: tags) { append(step) }
            sentTags = tags
        }
    }

    /// A rule's output: to a port of this bridge that is not the one it came in by.
    func output(to number: PortNumber) {
        guard let port = network.port(number), port.bridge === bridge else { return drop(.unknownPort, "there is no port \(number.rawValue) in this bridge") }
        readInPort()
        guard number.rawValue != key.packet.inPort else { return drop(.sourcePort, "it came in there; IN_PORT sends it back") }
        output(port)
    }

    /// A copy leaves by a port as it is by now, after the mirrors have had theirs.
    func output(_ port: Port) {
        guard port.configuration.isUp else { return drop(.portDown) }
        guard !port.isMirrorOutput else { return drop(.mirrorPort) }
        mirrorOutgoing(port)
        copy(to: port)
        if port.configuration.peer == nil { isDelivered = true }
    }

    /// Straight to a port, as a mirror's copy goes.
    func copy(to port: Port) {
        guard port.configuration.isUp else { return drop(.portDown) }
        if let peer = port.configuration.peer { return cross(to: peer) }
        commit()
        append(.output(port.number))
        note("output to \(port.configuration.name)")
    }

    /// The packet goes into another bridge by a patch port.
    ///
    /// What becomes of it there changes nothing for what is still to be done here.
    private func cross(to number: PortNumber) {
        guard let port = network.port(number), port.configuration.peer != nil else { return drop(.unknownPort, "the patch has no other end") }
        guard depth < Translator.maximumDepth else {
            isOver = true
            return drop(.tooDeep)
        }
        let (bridge, key, tags, unset, sent, mirrored) = (bridge, key, tags, unset, sent, mirrored)
        self.bridge = port.bridge
        self.key = PipelineKey(key.packet)
        self.key.packet.inPort = number.rawValue
        self.sent = FlowKey()
        depth += 1
        enter(port)
        depth -= 1
        // What the datapath has set meanwhile is set back: those bits are then part of what the flow depends on.
        self.unset = unset
        for index in 0..<FlowKey.wordCount {
            self.unset.words[index] |= self.sent.words[index]
            read.packet.words[index] |= self.sent.words[index]
            self.sent.words[index] |= sent.words[index]
        }
        (self.bridge, self.key, self.tags, self.mirrored) = (bridge, key, tags, mirrored)
    }
}
