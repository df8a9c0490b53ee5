import JSONCoding
import LinuxSystem
import Testing

/// Reads a text as a type, or says why it cannot.
private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws(ApusError) -> Value {
    try readJSON(type, from: Array(text.utf8), name: "f.json")
}

private func refusal<Value: Decodable>(_ type: Value.Type, _ text: String) -> String {
    do {
        let value = try read(type, text)
        return "read: \(value)"
    } catch {
        return error.description
    }
}

@Suite struct ReadJSONTests {
    struct Inner: Decodable, Equatable {
        var small: UInt8?
        var texts: [String]?
    }

    struct Outer: Decodable, Equatable {
        var name: String
        var inner: Inner?
        var list: [Inner]?
        var map: [String: Inner]?
        var words: [String: String]?
    }

    enum Color: String, Decodable { case red, green }

    @Test func everyShape() throws {
        let text =
            #" {"name":"a\u00e9\ud83d\ude00\n", "inner":{"small":255,"texts":[]},"list":[{},{"texts":["x",""]}],"map":{"k":{"small":0}},"words":{"a":"b"}} "#
        #expect(
            try read(Outer.self, text)
                == Outer(
                    name: "aé😀\n", inner: Inner(small: 255, texts: []), list: [Inner(), Inner(texts: ["x", ""])], map: ["k": Inner(small: 0)], words: ["a": "b"]
                ))
        #expect(try read([Color].self, #"["red","green"]"#) == [.red, .green])
        #expect(try read([[Double]].self, "[[1.5,-2e3],[]]") == [[1.5, -2000], []])
        #expect(try read([Int?].self, "[1,null]") == [1, nil])
        #expect(try read(Int.self, "7") == 7)
        #expect(try read(String.self, #""\\\"\/\b\f\u0000""#) == "\\\"/\u{8}\u{c}\0")
    }

    @Test func numbersAreExact() throws {
        #expect(try read(UInt64.self, "18446744073709551615") == .max)
        #expect(try read(Int64.self, "-9223372036854775808") == .min)
        #expect(try read(Int8.self, "-0") == 0)
        #expect(refusal(UInt64.self, "18446744073709551616") == "f.json: 18446744073709551616 is not from 0 to 18446744073709551615")
        #expect(refusal(Int64.self, "-9223372036854775809") == "f.json: -9223372036854775809 is not from -9223372036854775808 to 9223372036854775807")
        #expect(refusal(UInt16.self, "-1") == "f.json: -1 is not from 0 to 65535")
        #expect(refusal([Int].self, "[1,1e3]") == #"f.json: [1]: expected a whole number, found "1e3""#)
        #expect(refusal(Int.self, "1.0") == #"f.json: expected a whole number, found "1.0""#)
        #expect(refusal(Double.self, "1e999") == "f.json: the number is too large")
    }

    @Test func errorsNameTheField() {
        #expect(refusal(Outer.self, #"{"name":"x","inner":{"small":"1"}}"#) == "f.json: inner.small: expected a number, found a string")
        #expect(refusal(Outer.self, #"{"name":"x","list":[{},{"texts":["a",7]}]}"#) == "f.json: list[1].texts[1]: expected a string, found a number")
        #expect(refusal(Outer.self, #"{"inner":{}}"#) == "f.json: name: is missing")
        #expect(refusal(Outer.self, #"{"name":null}"#) == "f.json: name: is missing")
        #expect(refusal(Outer.self, #"{"name":"x","map":{"a b\n":[]}}"#) == #"f.json: map["a b\n"]: expected an object, found an array"#)
        #expect(refusal(Outer.self, #"{"name":"x","words":{"k":null}}"#) == "f.json: words.k: expected a string, found null")
        #expect(refusal(Outer.self, "[]") == "f.json: expected an object, found an array")
        #expect(refusal([Color].self, #"["blue"]"#).hasPrefix("f.json: [0]: "))
        #expect(refusal(Bool.self, "0") == "f.json: expected a boolean, found a number")
    }

    @Test func nullIsAbsentUnknownIsIgnoredAndTheLastOfTwoCounts() throws {
        #expect(try read(Outer.self, #"{"name":"a","x":[{"y":null}],"inner":null,"list":null,"name":"b"}"#) == Outer(name: "b"))
        #expect(try read([String: Int].self, #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
        #expect(try read([String: String].self, #"{"a":"1","a":"2"}"#) == ["a": "2"])
        #expect(try read(Outer.self, #"{"name":"a","inner":{"small":1},"inner":null}"#) == Outer(name: "a"))
    }

    @Test(arguments: [
        ("", "line 1, column 1: parse error: premature EOF"),
        ("{", "line 1, column 1: parse error: premature EOF"),
        ("\u{feff}{}", "line 1, column 1: lexical error: invalid char in json text"),
        ("[]\n ]", "line 2, column 2: parse error: trailing garbage"),
        ("[1] 2", "line 1, column 5: parse error: trailing garbage"),
        ("[1,]", "line 1, column 4: parse error: unallowed token at this point in JSON text"),
        ("[01]", "line 1, column 3: parse error: after array element, I expect ',' or ']'"),
        ("{'a':1}", "line 1, column 2: lexical error: invalid char in json text"),
        ("[/* */1]", "line 1, column 1: lexical error: probable comment found in input text, comments are not enabled"),
        ("[NaN]", "line 1, column 2: lexical error: invalid char in json text"),
        (#"["\x"]"#, "line 1, column 3: lexical error: inside a string, '\\' occurs before a character which it may not"),
        ("[\"a\tb\"]", "line 1, column 3: lexical error: invalid character inside string"),
        (#"["\ud800"]"#, #"line 1, column 9: the escape \ud800 is half a character"#),
        (#"["\\\ud800x\udc00"]"#, #"line 1, column 18: the escape \ud800 is half a character"#),
        (#"{"\udc00":1}"#, #"line 1, column 9: the escape \udc00 is half a character"#),
        (#"["\ud800\n"]"#, #"line 1, column 11: the escape \ud800 is half a character"#),
    ]) func brokenTextIsRefusedWithItsPlace(_ text: String, _ sentence: String) {
        #expect(refusal([String: Int].self, text) == "f.json: " + sentence)
    }

    @Test(arguments: [
        [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22], [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
    ])
    func brokenUTF8IsRefused(_ bytes: [UInt8]) {
        #expect(throws: ApusError(.malformed, "f: line 1, column 2: not UTF-8")) { try readJSON(String.self, from: bytes, name: "f") }
    }

    @Test func depthAndNumberOfValuesAreBounded() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(refusal([Int].self, deep) == "f.json: line 1, column 257: more than 256 arrays and objects inside each other")
        let nested = String(repeating: "[", count: 250) + String(repeating: "]", count: 250)
        #expect(try read(Outer.self, #"{"name":"a","x":"# + nested + "}") == Outer(name: "a"))
        let many = "[" + String(repeating: "1,", count: 1_000_000) + "1]"
        #expect(refusal([Int].self, many).hasSuffix("it has more than 1000000 values"))
    }

    /// Many members, twice each, are found without searching the object again for each of them.
    @Test func aLargeObjectTakesLinearTime() throws {
        let members = (0..<60_000).map { #""k\#($0)":{"small":1},"k\#($0)":{"small":2}"# }
        let start = ContinuousClock.now
        let map = try read([String: Inner].self, "{" + members.joined(separator: ",") + "}")
        #expect(map.count == 60_000 && map["k59999"] == Inner(small: 2) && map["k0"] == Inner(small: 2))
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
