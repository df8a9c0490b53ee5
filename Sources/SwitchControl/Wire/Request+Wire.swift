public import LinuxSystem

extension Request: WireValue {
    /// A request to read into.
    init() { self = .state }

    /// The request as bytes, with its head.
    public func encoded() throws(ApusError) -> [UInt8] {
        var (copy, coder) = (self, WireCoder())
        try copy.fields(&coder)
        return Frame.wrap(coder.bytes, .request)
    }

    /// Reads a request from the bytes behind its head.
    ///
    /// - Throws: `.malformed` for anything else.
    public init(message: [UInt8]) throws(ApusError) {
        var coder = WireCoder(reading: message)
        self.init()
        try fields(&coder)
        try coder.finish()
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        var number = UInt8(0)
        var (bridge, text, texts, changes) = ("", "", [String](), [Change]())
        switch self {
        case .state: number = 0
        case .change(let list): (number, changes) = (1, list)
        case .bridges: number = 2
        case .ports(let name): (number, bridge) = (3, name)
        case .rules(let name, let match): (number, bridge, text) = (4, name, match)
        case .macs(let name): (number, bridge) = (5, name)
        case .mirrors(let name): (number, bridge) = (6, name)
        case .meters(let name): (number, bridge) = (7, name)
        case .megaflows: number = 8
        case .trace(let name, let packet): (number, bridge, text) = (9, name, packet)
        case .drops: number = 10
        case .capture(let ports): (number, texts) = (11, ports)
        }
        try coder.field(&number)
        switch number {
        case 1: try coder.field(&changes)
        case 3, 4, 5, 6, 7, 9:
            try coder.field(&bridge)
            if number == 4 || number == 9 { try coder.field(&text) }
        case 11: try coder.field(&texts)
        default: break
        }
        switch number {
        case 0: self = .state
        case 1: self = .change(changes)
        case 2: self = .bridges
        case 3: self = .ports(bridge: bridge)
        case 4: self = .rules(bridge: bridge, match: text)
        case 5: self = .macs(bridge: bridge)
        case 6: self = .mirrors(bridge: bridge)
        case 7: self = .meters(bridge: bridge)
        case 8: self = .megaflows
        case 9: self = .trace(bridge: bridge, packet: text)
        case 10: self = .drops
        case 11: self = .capture(ports: texts)
        default: throw WireCoder.malformed("there is no request \(number)")
        }
    }
}
