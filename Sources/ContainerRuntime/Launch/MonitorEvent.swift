/// What a monitor tells its clients (frames of apus_launch_plan.h).
public enum MonitorEvent: Sendable, Equatable {
    /// The program runs; its pid on the host.
    case started(pid: Int32)
    /// A step of the plan failed; nothing runs.
    case failed(step: Int, errno: Int32)
    /// The program wrote to its stdout, or to its terminal.
    case output([UInt8])
    /// The program wrote to its stderr.
    case errorOutput([UInt8])
    /// The program has ended and all records are written; 128 + N after signal N.
    case ended(code: Int32, outOfMemory: Bool)
    /// The container's process waits at this point until `sendContinue`.
    case sync(SyncPoint, pid: Int32)
    /// A terminal's master; whoever receives it closes it.
    case console(Int32)
    /// The descriptor of a seccomp filter that asks its supervisor: the process waits until `sendListenerPassed`; whoever receives it closes it.
    case seccompListener(Int32, pid: Int32)
    /// The connection is closed: the monitor ended before it said how.
    case closed

    /// Reads one frame; nil for one that this version does not know.
    ///
    /// - Parameter descriptor: what came with the frame, or -1.
    init?(frame: ArraySlice<UInt8>, descriptor: Int32 = -1) {
        func number(_ offset: Int) -> Int32? {
            guard frame.count >= offset + 4 else { return nil }
            let start = frame.startIndex + offset
            return frame[start..<start + 4].reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
        }
        switch frame.first {
        case nil: self = .closed
        case UInt8(ascii: "s"):
            guard let pid = number(4) else { return nil }
            self = .started(pid: pid)
        case UInt8(ascii: "f"):
            guard let step = number(4), let errno = number(8) else { return nil }
            self = .failed(step: Int(UInt32(bitPattern: step)), errno: errno)
        case UInt8(ascii: "o"): self = .output(Array(frame.dropFirst()))
        case UInt8(ascii: "r"): self = .errorOutput(Array(frame.dropFirst()))
        case UInt8(ascii: "x"):
            guard let code = number(4) else { return nil }
            self = .ended(code: code, outOfMemory: frame[frame.startIndex + 1] != 0)
        case UInt8(ascii: "y"):
            guard let value = number(4), let point = SyncPoint(rawValue: UInt32(bitPattern: value)), let pid = number(8) else { return nil }
            self = .sync(point, pid: pid)
        case UInt8(ascii: "c") where descriptor >= 0: self = .console(descriptor)
        case UInt8(ascii: "l"):
            guard descriptor >= 0, let pid = number(4) else { return nil }
            self = .seccompListener(descriptor, pid: pid)
        default: return nil
        }
    }
}
