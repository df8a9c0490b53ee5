import Testing

@testable import NameServer

/// Messages of the domain name system, byte by byte.
@Suite struct QuestionTests {
    /// A query as a resolver sends it.
    static func query(_ name: String, _ kind: UInt16 = Question.Kind.a, extra: [UInt8] = [], id: UInt16 = 0x1234) -> [UInt8] {
        var message: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, extra.isEmpty ? 0 : 1]
        for label in name.utf8.split(separator: UInt8(ascii: ".")) {
            message.append(UInt8(label.count))
            message.append(contentsOf: label)
        }
        message += [0, UInt8(kind >> 8), UInt8(kind & 255), 0, 1]
        return message + extra
    }

    @Test func read() throws {
        let question = try #require(Question(Self.query("Web.Example", Question.Kind.aaaa)))
        #expect(question.name == "web.example" && question.kind == 28 && question.networkClass == 1 && question.id == 0x1234 && question.wantsRecursion)
        #expect(question.size == 512 && !question.hasExtension)
        #expect(question.bytes == [3, 0x57, 0x65, 0x62, 7, 0x45, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0, 0, 28, 0, 1], "letters keep their case")
        let extended = try #require(Question(Self.query("web", extra: [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0])))
        #expect(extended.hasExtension && extended.size == 4096)
        #expect(Question(Self.query("web", extra: [0, 0, 41, 0, 1, 0, 0, 0, 0, 0, 0]))?.size == 512, "nobody takes less")
    }

    @Test func whatIsNoQuestion() {
        let whole = Self.query("web.example")
        for length in 0..<whole.count { #expect(Question(Array(whole[..<length])) == nil) }
        func changed(_ index: Int, _ value: UInt8) -> Question? {
            var bytes = whole
            bytes[index] = value
            return Question(bytes)
        }
        #expect(changed(2, 0x81) == nil, "an answer")
        #expect(changed(2, 0x29) == nil, "an update")
        #expect(changed(5, 2) == nil && changed(5, 0) == nil, "not one question")
        #expect(changed(12, 0xc0) == nil, "a pointer")
        #expect(changed(12, 63) == nil, "a name that goes on behind the end")
        #expect(Question(Self.query((0..<5).map { _ in String(repeating: "a", count: 60) }.joined(separator: "."))) == nil, "a name of 305 bytes")
        #expect(Answer.malformed([1, 2, 0x29, 0] + [UInt8](repeating: 0, count: 8)) == [1, 2, 0x80, 0x84] + [UInt8](repeating: 0, count: 8))
        #expect(Answer.malformed([1, 2, 0x80, 0] + [UInt8](repeating: 0, count: 8)) == nil, "an answer is not answered")
    }

    @Test func reverse() {
        #expect(Question(Self.query("2.0.88.10.in-addr.arpa", 12))?.reverse == [10, 88, 0, 2])
        let six = (["2"] + (0..<29).map { _ in "0" } + ["d", "f"]).joined(separator: ".")
        #expect(Question(Self.query("\(six).ip6.arpa", 12))?.reverse == [0xfd] + [UInt8](repeating: 0, count: 14) + [2])
        for name in ["2.0.88.in-addr.arpa", "256.0.0.10.in-addr.arpa", "+2.0.88.10.in-addr.arpa", "x.0.88.10.in-addr.arpa", "arpa", "2.0.88.10.example.arpa"] {
            #expect(Question(Self.query(name, 12))?.reverse == nil, "\(name)")
        }
    }

    @Test func answers() throws {
        let question = try #require(Question(Self.query("web")))
        #expect(
            Answer.message(question, [.address([10, 0, 0, 2])], limit: 512) == [
                0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,  // response, authoritative, recursion desired and available; one answer
                3, 0x77, 0x65, 0x62, 0, 0, 1, 0, 1,  // the question
                0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 2,  // its name, A, IN, 5 seconds, 4 bytes
            ])
        let none = Answer.message(question, [], .noName, limit: 512)
        #expect(none[3] == 0x83 && none.count == 21)
        let many = Answer.message(question, Array(repeating: .address([10, 0, 0, 2]), count: 100), limit: 512)
        #expect(many.count <= 512 && many[2] & 2 == 2, "cut, and said so")
        let pointer = Answer.message(try #require(Question(Self.query("2.0.88.10.in-addr.arpa", 12))), [.name("web.red")], limit: 512)
        #expect(pointer.suffix(9) == [3, 0x77, 0x65, 0x62, 3, 0x72, 0x65, 0x64, 0])
    }

    /// Random and damaged messages: no crash, and never an answer that is longer than it may be.
    @Test func damaged() {
        var generator = SystemRandomNumberGenerator()
        let seeds = [
            Self.query("web.example"), Self.query("web", extra: [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]), Self.query("2.0.88.10.in-addr.arpa", 12),
        ]
        let resolver = Resolver(NameDirectoryTests.directory, ownAddresses: [])
        for round in 0..<100_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if round % 3 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))) }
            if case .answer(let answer) = resolver.decide(bytes, from: NameDirectoryTests.web, on: "red", hostServers: { [] }) {
                #expect(answer.count <= 4096 && answer[2] & 0x80 != 0 && answer[0] == bytes[0] && answer[1] == bytes[1])
            }
        }
    }
}
