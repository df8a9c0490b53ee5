import CShim
import Glibc
import LinuxSystem
import Testing

@testable import ContainerRuntime

/// The socket at which a created container waits for `start`, with ends that do not keep to the protocol.
@Suite struct StartHandshakeTests {
    /// Others knock, several start at once, who starts or waits is killed: each command ends, and `delete --force` leaves nothing.
    @Test func knocks() throws {
        try withCreated(rounds: Dice.rounds(25, slow: 3)) { runtime, directory, dice, log throws in
            var starts: [Running] = []
            for _ in 0..<Int.random(in: 1..<6, using: &dice) {
                switch Int.random(in: 0..<7, using: &dice) {
                case 0, 1:
                    log.append("knock")
                    guard let connection = try StartSocket.connect(directory) else { break }
                    let said: [[UInt8]] = dice.pick([
                        [], [[]], [Array("x".utf8) + dice.bytes(0...3)], [Array("h".utf8) + dice.bytes(99...99), Array("g".utf8)],
                    ])
                    for message in said { sendMessage(connection.raw, message) }
                    dice.pause(10)
                case 2:
                    log.append("go and leave")
                    guard let connection = try StartSocket.connect(directory) else { break }
                    sendMessage(connection.raw, Array("g".utf8))
                case 3:
                    log.append("kill the process")
                    for pid in processes(with: runtime.mark) { kill(pid, SIGKILL) }
                case 4:
                    log.append("start, killed")
                    let start = try runtime.start("start")
                    dice.pause(8)
                    start.send(SIGKILL)
                    starts.append(start)
                default:
                    log.append("start")
                    starts.append(try runtime.start("start"))
                }
            }
            if log.allSatisfy({ $0 == "knock" }) {
                let state = try runtime.start("state").wait().output.filter { $0 != " " }
                #expect(state.contains("\"status\":\"created\""), "a knock started it; seed \(Dice.seed): \(log)")
            }
            for start in starts { _ = try start.wait(timeout: isSlow ? 120 : 20) }
            #expect(starts.filter { (try? $0.wait().code) == 0 }.count < 2, "two starts succeeded; seed \(Dice.seed): \(log)")
        }
    }

    /// A process that does not keep to the protocol: `start` says what is wrong, or takes the end of the connection for the program's exec.
    @Test func answers() throws {
        try withCreated(rounds: Dice.rounds(15, slow: 2)) { runtime, directory, dice, log throws in
            _ = unsafe unlink("\(directory)/start")
            let place = try openFile(directory, openPathOnly | O_DIRECTORY)
            let listener = try StartSocket.listen(in: place)
            let start = try runtime.start("start")
            let raw = listener.raw
            // The first may be a look whether somebody waits.
            var failure: Int32?
            while isReadable(raw, milliseconds: isSlow ? 20_000 : 3000) {
                let connection = OwnedFD(adopting: try systemCall("accept") { Glibc.accept(raw, nil, nil) })
                var go: UInt8 = 0
                let socket = connection.raw
                guard unsafe recv(socket, &go, 1, 0) == 1, go == UInt8(ascii: "g") else { continue }
                for _ in 0..<Int.random(in: 0..<5, using: &dice) {
                    let kind = UInt32.random(in: 0..<8, using: &dice)
                    var message = apus_child_message(kind: kind, step: .random(in: 0...200, using: &dice), error: .random(in: -3...140, using: &dice), pid: 1)
                    log.append("kind \(kind)")
                    var bytes = unsafe withUnsafeBytes(of: &message) { unsafe Array($0) }
                    if dice.one(in: 4) {
                        bytes.removeLast(Int.random(in: 1..<12, using: &dice))
                        log.append("cut")
                    } else if kind == UInt32(APUS_CHILD_FAILED) {
                        failure = failure ?? message.error
                    }
                    sendMessage(socket, bytes)
                }
                break
            }
            let outcome = try start.wait(timeout: isSlow ? 120 : 20)
            #expect(outcome.code >= 0 && (outcome.code == 0) == outcome.errorOutput.isEmpty, "\(outcome); seed \(Dice.seed): \(log)")
            if failure != nil { #expect(outcome.code != 0, "seed \(Dice.seed): \(log)") }
        }
    }

    /// `apus-runtime` with one container.
    private struct Runtime {
        let root: String
        let id: String
        let mark: String

        func start(_ arguments: String...) throws -> Running {
            try Running(["\(Apus.programs)/apus-runtime", "--root", root] + arguments + [id], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
        }
    }

    private func withCreated(
        rounds: Range<Int>, _ body: (_ runtime: Runtime, _ directory: String, _ dice: inout Dice, _ log: inout [String]) throws -> Void
    ) throws {
        let bundle = try Bundle()
        for round in rounds {
            let id = "handshake-\(getpid())-\(Dice.seed)-\(round)-\(bundle.directory.suffix(6))"
            let runtime = Runtime(root: "\(bundle.directory)/root", id: id, mark: "mark-\(id)")
            let config = """
                {"ociVersion":"1.2.0","root":{"path":"rootfs"},"process":{"user":{"uid":0,"gid":0},"args":["sh","-c","sleep 1000; : \(runtime.mark)"],
                 "env":["PATH=/bin"],"cwd":"/"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """
            try replaceFile("\(bundle.directory)/config.json", with: Array(config.utf8))
            let creation = try runtime.start("create", "--bundle", bundle.directory).wait()
            #expect(creation == Outcome(code: 0))
            var dice = Dice(round: round)
            var log: [String] = []
            do { try body(runtime, "\(runtime.root)/\(id)", &dice, &log) } catch { Issue.record("\(error); seed \(Dice.seed), round \(round): \(log)") }
            #expect(try runtime.start("delete", "--force").wait() == Outcome(code: 0), "seed \(Dice.seed), round \(round): \(log)")
            #expect(try listDirectory(runtime.root).allSatisfy { $0.hasPrefix(".") }, "seed \(Dice.seed), round \(round): \(log)")
            let isGone = eventually { processes(with: runtime.mark).isEmpty }
            #expect(isGone, "processes left; seed \(Dice.seed), round \(round): \(log)")
            let left = try Running(["find", "/sys/fs/cgroup", "-type", "d", "-name", id], input: .empty, environment: [:]).wait().output
            #expect(left == "", "seed \(Dice.seed), round \(round): \(log)")
        }
    }
}
