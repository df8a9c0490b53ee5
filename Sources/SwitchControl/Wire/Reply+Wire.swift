public import LinuxSystem

extension Reply: WireValue {
    /// A reply to read into.
    init() { self = .done([]) }

    /// The reply as bytes, with its head.
    public func encoded() throws(ApusError) -> [UInt8] {
        var (copy, coder) = (self, WireCoder())
        try copy.fields(&coder)
        return Frame.wrap(coder.bytes, .reply)
    }

    /// Reads a reply from the bytes behind its head.
    ///
    /// - Throws: `.malformed` for anything else.
    public init(message: [UInt8]) throws(ApusError) {
        var coder = WireCoder(reading: message)
        self.init()
        try fields(&coder)
        try coder.finish()
    }

    private var number: UInt8 {
        switch self {
        case .failed: 0
        case .done: 1
        case .state: 2
        case .bridges: 3
        case .ports: 4
        case .rules: 5
        case .macs: 6
        case .mirrors: 7
        case .meters: 8
        case .megaflows: 9
        case .text: 10
        case .drops: 11
        case .capturing: 12
        }
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        var number = number
        try coder.field(&number)
        if number == self.number {
            try contents(&coder)
        } else {
            let kinds: [Reply] = [
                .failed(ApusError(.system, "")), .done([]), .state(SwitchState()), .bridges([]), .ports([]), .rules([]), .macs([]), .mirrors([]),
                .meters([]), .megaflows([]), .text(""), .drops([]), .capturing([]),
            ]
            guard Int(number) < kinds.count else { throw WireCoder.malformed("there is no reply \(number)") }
            self = kinds[Int(number)]
            try contents(&coder)
        }
    }

    private mutating func contents(_ coder: inout WireCoder) throws(ApusError) {
        switch self {
        case .failed(let error): self = .failed(try Reply.failure(error, &coder))
        case .done(var numbers):
            try coder.field(&numbers)
            self = .done(numbers)
        case .state(var state):
            try coder.field(&state)
            self = .state(state)
        case .bridges(var list):
            try coder.field(&list)
            self = .bridges(list)
        case .ports(var list):
            try coder.field(&list)
            self = .ports(list)
        case .rules(var list):
            try coder.field(&list)
            self = .rules(list)
        case .macs(var list):
            try coder.field(&list)
            self = .macs(list)
        case .mirrors(var list):
            try coder.field(&list)
            self = .mirrors(list)
        case .meters(var list):
            try coder.field(&list)
            self = .meters(list)
        case .megaflows(var list):
            try coder.field(&list)
            self = .megaflows(list)
        case .text(var text):
            try coder.field(&text)
            self = .text(text)
        case .drops(var list):
            try coder.field(&list)
            self = .drops(list)
        case .capturing(var list):
            try coder.field(&list)
            self = .capturing(list)
        }
    }

    /// The classes of errors by their numbers on the wire.
    private static let codes: [ApusError.Code] = [
        .system, .invalidArgument, .notFound, .conflict, .notSupported, .permissionDenied, .malformed, .cannotExecute, .commandNotFound,
    ]

    private static func failure(_ error: ApusError, _ coder: inout WireCoder) throws(ApusError) -> ApusError {
        var code = UInt8(codes.firstIndex(of: error.code) ?? 0)
        var (message, errno, hint) = (error.message, error.errno, error.hint ?? "")
        try coder.field(&code)
        try coder.field(&message)
        try coder.field(&errno)
        try coder.field(&hint)
        return ApusError(Int(code) < codes.count ? codes[Int(code)] : .system, message, errno: errno, hint: hint.isEmpty ? nil : hint)
    }
}
