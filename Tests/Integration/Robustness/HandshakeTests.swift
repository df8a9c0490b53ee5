import CShim
import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The protocol of apus_launch_plan.h with messages missing, twice, out of order and damaged, and with ends that go away at any point.
///
/// Nothing may hang, crash, or leave a process behind.
@Suite struct HandshakeTests {
    /// A client that does not keep to the protocol, and a child that does not: plans in whose steps messages to the monitor are exchanged.
    @Test func monitor() throws {
        let bundle = try Bundle()
        for round in Dice.rounds(40, slow: 6) {
            var dice = Dice(round: round)
            let mark = "handshake-\(getpid())-\(Dice.seed)-\(round)"
            var log: [String] = []
            do { try play(bundle, mark, &dice, &log) } catch { Issue.record("\(error); seed \(Dice.seed), round \(round): \(log)") }
            let isGone = eventually { processes(with: mark).isEmpty }
            #expect(isGone, "processes left; seed \(Dice.seed), round \(round): \(log)")
            for pid in isGone ? [] : processes(with: mark) { kill(pid, SIGKILL) }
        }
    }

    private func play(_ bundle: Bundle, _ mark: String, _ dice: inout Dice, _ log: inout [String]) throws {
        // A terminal stays when its client leaves.
        let hasTerminal = dice.one(in: 4)
        var spec = bundle.spec(["sh", "-c", "\(hasTerminal ? "sleep 0.1" : "cat >/dev/null"); : \(mark)"])
        if dice.one(in: 2) {
            log.append("user namespace")
            spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
            spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
            spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        }
        spec.process?.terminal = hasTerminal
        var context = PlanContext()
        context.flags.formUnion([.openStdin, .stdinOnce])
        let plan = try PlanCompiler.start(spec, context)
        let root = try DetachedMount.copy(bundle.rootfs, isRecursive: false)
        var given = PlanDescriptors.Given()
        given.root = root.raw
        let descriptors = try PlanDescriptors(for: plan, given: given)

        var pid: Int32 = -1
        let socket = try startMonitor(&pid)
        let raw = socket.raw
        let memory = OwnedFD(adopting: try systemCall("memfd") { unsafe apus_memfd_create("plan", 1) })
        try writeAll(memory.raw, exchange(PlanEncoder.encode(plan), &dice, &log), name: "plan")
        var messages: [(String, [UInt8], [Int32])] = [("plan", Array("P".utf8), [memory.raw] + descriptors.numbers)]
        for _ in 0..<Int.random(in: 0..<4, using: &dice) {
            let wrong: (String, [UInt8], [Int32]) =
                switch Int.random(in: 0..<6, using: &dice) {
                case 0: ("plan without its memory", Array("P".utf8), [])
                case 1: ("plan without its slots", Array("P".utf8), [memory.raw])
                case 2: ("nothing", [], [])
                case 3: ("descriptors", dice.bytes(1...1), [memory.raw, root.raw])
                case 4: ("a long message", dice.bytes(40_000...40_000), [])
                default: ("kind and bytes", [dice.pick(Array("PiewqugloxX".utf8))] + dice.bytes(0...9), [])
                }
            messages.insert(wrong, at: Int.random(in: 0...messages.count, using: &dice))
        }
        if dice.one(in: 8) { messages.removeAll { $0.0 == "plan" } }
        if dice.one(in: 8) { messages += messages.filter { $0.0 == "plan" } }
        var killed = false
        for (name, bytes, numbers) in messages {
            log.append(name)
            sendMessage(raw, bytes, numbers)
            if dice.one(in: 3) { dice.pause(8) }
        }
        // What it says is answered, or not, or wrongly, until one end leaves.
        let patience = Int.random(in: 0..<12, using: &dice)
        for _ in 0..<patience {
            guard isReadable(raw, milliseconds: 30) else { continue }
            var frame = [UInt8](repeating: 0, count: Int(APUS_FRAME_MAX))
            var descriptor: Int32 = -1
            var received = 0
            let length = unsafe apus_receive_message(raw, &frame, frame.count, &descriptor, 1, &received)
            if descriptor >= 0 { close(descriptor) }
            if length <= 0 { break }
            log.append("heard \(Character(Unicode.Scalar(frame[0])))")
            let answers: [[UInt8]] = frame[0] == UInt8(ascii: "y") ? [Array("g".utf8)] : []
            for answer in answers + (dice.one(in: 3) ? [dice.bytes(0...3)] : []) where !dice.one(in: 4) { sendMessage(raw, answer) }
        }
        if dice.one(in: 4) {
            log.append("monitor killed")
            kill(pid, SIGKILL)
            killed = true
        }
        try socket.close("the client's end")
        // Without a client the program's stdin ends, and with the program the monitor.
        var status: Int32 = 0
        let ended = try eventually { try systemCall("wait") { unsafe waitpid(pid, &status, WNOHANG) } == pid }
        if !ended {
            kill(pid, SIGKILL)
            unsafe waitpid(pid, &status, 0)
            throw ApusError(.system, "the monitor hangs")
        }
        if !killed && apus_exited(status) < 0 { throw ApusError(.system, "the monitor crashed with status \(status)") }
    }

    /// Steps that do little become steps that speak, and those that speak are left out or said twice.
    private func exchange(_ block: [UInt8], _ dice: inout Dice, _ log: inout [String]) -> [UInt8] {
        var block = block
        func word(_ offset: Int) -> Int { Int(block[offset]) | Int(block[offset + 1]) << 8 | Int(block[offset + 2]) << 16 }
        let quiet = [APUS_STEP_UMASK, APUS_STEP_KEYRING, APUS_STEP_HOSTNAME, APUS_STEP_MASK, APUS_STEP_MAP_IDS, APUS_STEP_CONSOLE].map { Int($0.rawValue) }
        let speaking = [APUS_STEP_SYNC, APUS_STEP_MAP_IDS, APUS_STEP_CONSOLE, APUS_STEP_WAIT_START, APUS_STEP_UMASK].map { Int($0.rawValue) }
        let places = (0..<word(100)).map { word(104) + 64 * $0 }.filter { quiet.contains(word($0) & 0xffff) }
        guard !places.isEmpty else { return block }
        for _ in 0..<Int.random(in: 0..<4, using: &dice) {
            let place = dice.pick(places), kind = dice.pick(speaking)
            log.append("step \((place - word(104)) / 64) of kind \(word(place) & 0xffff) becomes \(kind)")
            block[place] = UInt8(kind)
            for offset in 16..<48 { block[place + offset] = 0 }
        }
        return block
    }

    /// A monitor that does not keep to the protocol: its client ends with what it says, and closes every descriptor that came along.
    @Test func client() throws {
        let bundle = try Bundle()
        let start = ProcessStart(plan: try PlanCompiler.start(bundle.spec(["true"]), PlanContext()), console: -1, seccomp: nil) { _ in
            State(ociVersion: "1.3.0", id: "x", status: "creating", bundle: "/")
        }
        var pipe: [Int32] = [-1, -1]
        for round in Dice.rounds(3000, slow: 500) {
            var dice = Dice(round: round)
            var ends: [Int32] = [-1, -1]
            try systemCall("socketpair") { unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) }
            try systemCall("pipe") { unsafe Glibc.pipe(&pipe) }
            let connection = MonitorConnection(socket: OwnedFD(adopting: ends[0]), planMemory: .none)
            for _ in 0..<Int.random(in: 0..<6, using: &dice) {
                let frame = [dice.pick(Array("sforxylcPg\0".utf8))] + dice.bytes(0...14)
                sendMessage(ends[1], frame, (0..<Int.random(in: 0..<3, using: &dice)).map { _ in pipe[1] })
            }
            close(ends[1])
            close(pipe[1])
            // No answer of it is wrong, but that it comes.
            _ = try? start.follow(connection) { _, _ in }
            drop(connection)
            // A program that another test is starting has a copy for a moment.
            #expect(isReadable(pipe[0], milliseconds: 2000), "a descriptor is still open; seed \(Dice.seed), round \(round)")
            close(pipe[0])
        }
    }

    private func drop(_ connection: consuming MonitorConnection) {}
}
