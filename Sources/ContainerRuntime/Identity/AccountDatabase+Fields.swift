extension AccountDatabase {
    /// One line of a colon-separated file: where its fields begin and end.
    struct Fields {
        private let line: ArraySlice<UInt8>

        /// Hands over line after line until `body` answers false; empty lines and comments are left out.
        static func each(of content: [UInt8], _ body: (Fields) -> Bool) {
            var start = 0
            while start < content.count {
                let end = content[start...].firstIndex(of: UInt8(ascii: "\n")) ?? content.count
                let line = content[start..<end]
                start = end + 1
                if let first = line.first, first != UInt8(ascii: "#"), !body(Fields(line: line)) { return }
            }
        }

        /// The bytes of field `index`; empty where the line is too short.
        subscript(index: Int) -> ArraySlice<UInt8> {
            var start = line.startIndex
            for _ in 0..<index {
                guard let colon = line[start...].firstIndex(of: UInt8(ascii: ":")) else { return [] }
                start = colon + 1
            }
            return line[start..<(line[start...].firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex)]
        }

        /// Whether field `index` is this text.
        func equals(_ index: Int, _ text: String) -> Bool { self[index].elementsEqual(text.utf8) }

        /// Whether the comma-separated field `index` holds this text.
        func lists(_ index: Int, _ text: String) -> Bool {
            self[index].split(separator: UInt8(ascii: ",")).contains { item in item.elementsEqual(text.utf8) }
        }

        /// Field `index` as an id; nil where it is none.
        func number(_ index: Int) -> UInt32? {
            let digits = self[index]
            guard !digits.isEmpty else { return nil }
            var value: UInt64 = 0
            for digit in digits {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
                // The last id means "no id" in the kernel (chown(2)).
                if value >= UInt64(UInt32.max) { return nil }
            }
            return UInt32(value)
        }

        /// Field `index` as text.
        func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }
    }
}
