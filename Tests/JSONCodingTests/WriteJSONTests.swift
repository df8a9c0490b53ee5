import JSONCoding
import LinuxSystem
import Testing

@Suite struct WriteJSONTests {
    struct Everything: Codable, Equatable {
        enum Color: String, Codable { case red }
        struct Empty: Codable, Equatable {}

        var zeta = "a\"\\\n\u{1}\u{1f}é😀/"
        var alpha: UInt64 = .max
        var low: Int64 = .min
        var yes = true
        var half = 0.5
        var large = 1e300
        var list = [1, -2]
        var none: [String] = []
        var map = ["b": 1, "a": 2]
        var absent: Int?
        var empty = Empty()
        var colors = [Color.red]
        var nested = [["x": [Empty()]]]
    }

    private func text(_ value: some Encodable, indent: String = "") throws -> String {
        String(decoding: try writeJSON(value, indent: indent), as: UTF8.self)
    }

    @Test func membersStandInTheOrderOfTheType() throws {
        #expect(
            try text(Everything())
                == #"{"zeta":"a\"\\\n\u0001\u001fé😀/","alpha":18446744073709551615,"low":-9223372036854775808,"yes":true,"half":0.5,"large":1e+300,"#
                + #""list":[1,-2],"none":[],"map":{"a":2,"b":1},"empty":{},"colors":["red"],"nested":[{"x":[{}]}]}"#)
    }

    @Test func indented() throws {
        struct Small: Encodable {
            var a = [1, 2]
            var b = ["k": "v"]
            var c: [Int] = []
        }
        #expect(try text(Small(), indent: "\t") == "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t],\n\t\"b\": {\n\t\t\"k\": \"v\"\n\t},\n\t\"c\": []\n}")
        #expect(try text("x", indent: "  ") == #""x""#)
        #expect(try text([Int?.none, 1]) == "[null,1]")
    }

    @Test func whatIsWrittenIsRead() throws {
        #expect(try readJSON(Everything.self, from: writeJSON(Everything()), name: "x") == Everything())
        #expect(try readJSON(Everything.self, from: writeJSON(Everything(), indent: "  "), name: "x") == Everything())
    }

    @Test func whatJSONHasNoWordForIsRefused() {
        #expect(throws: ApusError(.invalidArgument, "cannot write a value as JSON: a number is not finite")) { try writeJSON([Double.nan]) }
    }
}
