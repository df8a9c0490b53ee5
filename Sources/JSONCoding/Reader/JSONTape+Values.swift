public import LinuxSystem

extension JSONTape {
    /// A value as any type; texts, numbers and lists of texts are made directly, everything else decodes itself.
    @inline(__always)
    func decode<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
        if type == String.self { return try string(index) as! Value }
        if type == [String].self { return try strings(index) as! Value }
        if type == Bool.self { return try bool(index) as! Value }
        if type == UInt32.self { return try number(index, UInt32.self) as! Value }
        if type == UInt64.self { return try number(index, UInt64.self) as! Value }
        if type == Int64.self { return try number(index, Int64.self) as! Value }
        if type == Int.self { return try number(index, Int.self) as! Value }
        return try decodeOther(type, at: index)
    }

    private func decodeOther<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
        if type == [String: String].self { return try stringMap(index) as! Value }
        if type == Double.self { return try double(index) as! Value }
        if type == Float.self { return Float(try double(index)) as! Value }
        if type == UInt.self { return try number(index, UInt.self) as! Value }
        if type == UInt16.self { return try number(index, UInt16.self) as! Value }
        if type == Int32.self { return try number(index, Int32.self) as! Value }
        if type == UInt8.self { return try number(index, UInt8.self) as! Value }
        if type == Int8.self { return try number(index, Int8.self) as! Value }
        if type == Int16.self { return try number(index, Int16.self) as! Value }
        return try Value(from: TapeDecoder(tape: self, index: index))
    }

    func string(_ index: Int) throws(ApusError) -> String {
        guard nodes[index].kind == .string else { throw unexpected("a string", index) }
        return text(index)
    }

    func bool(_ index: Int) throws(ApusError) -> Bool {
        switch nodes[index].kind {
        case .yes: true
        case .no: false
        default: throw unexpected("a boolean", index)
        }
    }

    func strings(_ index: Int) throws(ApusError) -> [String] {
        guard nodes[index].kind == .array else { throw unexpected("an array", index) }
        var result: [String] = []
        result.reserveCapacity(Int(nodes[index].count))
        var element = index + 1
        let end = Int(nodes[index].end)
        while element < end {
            result.append(try string(element))
            element += 1  // what is not a string has thrown
        }
        return result
    }

    func stringMap(_ index: Int) throws(ApusError) -> [String: String] {
        guard nodes[index].kind == .object else { throw unexpected("an object", index) }
        var result = [String: String](minimumCapacity: Int(nodes[index].count))
        var member = index + 1
        while member < Int(nodes[index].end) {
            result[text(member)] = try string(member + 1)
            member += 2
        }
        return result
    }

    /// The members of an object in the order of their last mention.
    @usableFromInline
    func lastMembers(of index: Int) throws(ApusError) -> [(key: String, value: Int)] {
        guard nodes[index].kind == .object else { throw unexpected("an object", index) }
        return members(of: index).sorted { $0.value < $1.value }
    }

    @usableFromInline
    func elements(of index: Int) throws(ApusError) -> [Int] {
        guard nodes[index].kind == .array else { throw unexpected("an array", index) }
        var elements: [Int] = []
        elements.reserveCapacity(Int(nodes[index].count))
        var element = index + 1
        while element < Int(nodes[index].end) {
            elements.append(element)
            element = Int(nodes[element].end)
        }
        return elements
    }

    /// A whole number that fits its type.
    @inlinable
    func number<Number: FixedWidthInteger>(_ index: Int, _ type: Number.Type) throws(ApusError) -> Number {
        Number(truncatingIfNeeded: try magnitude(index, least: Int64(Number.min), most: UInt64(Number.max)))
    }

    /// A whole number as its 64 bits in two's complement.
    @usableFromInline
    func magnitude(_ index: Int, least: Int64, most: UInt64) throws(ApusError) -> UInt64 {
        guard nodes[index].kind == .number else { throw unexpected("a number", index) }
        let digits = bytes(index)
        let isNegative = digits.first == UInt8(ascii: "-")
        let bound = isNegative ? least.magnitude : most
        var value: UInt64 = 0
        for byte in digits.dropFirst(isNegative ? 1 : 0) {
            let digit = UInt64(byte &- UInt8(ascii: "0"))
            guard digit < 10 else { throw problem("expected a whole number, found \(shown(text(index)))", at: index) }
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (next, isBeyond) = tens.addingReportingOverflow(digit)
            guard !isTooLarge && !isBeyond && next <= bound else {
                throw problem("\(text(index).prefix(40)) is not from \(least) to \(most)", at: index)
            }
            value = next
        }
        return isNegative ? 0 &- value : value
    }

    func double(_ index: Int) throws(ApusError) -> Double {
        guard nodes[index].kind == .number else { throw unexpected("a number", index) }
        guard let value = Double(text(index)), value.isFinite else { throw problem("the number is too large", at: index) }
        return value
    }

    func unexpected(_ wanted: String, _ index: Int) -> ApusError {
        problem("expected \(wanted), found \(kindName(index))", at: index)
    }
}
