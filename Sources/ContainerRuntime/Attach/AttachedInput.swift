import Glibc
import LinuxSystem

/// Our stdin on its way to the program: at most one frame is held, the rest waits where it comes from.
struct AttachedInput {
    private var isOpen: Bool
    private var keys: DetachKeys?
    private var pending: [UInt8] = []
    private var owesEnd = false
    private var room = [UInt8](repeating: 0, count: MonitorConnection.inputLimit)

    /// Takes stdin, if it is to be attached.
    init(isOpen: Bool, keys: DetachKeys?) {
        self.isOpen = isOpen
        self.keys = keys
    }

    /// Whether stdin should be read.
    var wantsMore: Bool { isOpen && pending.isEmpty }

    /// Whether something waits to be sent.
    var owes: Bool { !pending.isEmpty || owesEnd }

    /// Reads what is there; true when the user typed the detach keys.
    mutating func read() throws(ApusError) -> Bool {
        let count: Int
        do { count = try systemCall("cannot read stdin") { unsafe Glibc.read(0, &room, room.count) } } catch  where error.errno == EAGAIN {
            return false
        } catch  where error.errno == EIO {
            count = 0  // the terminal is gone
        }
        if count == 0 {
            isOpen = false
            owesEnd = true
            return false
        }
        guard let (passed, detached) = keys?.filter(room[..<count]) else {
            pending = Array(room[..<count])
            return false
        }
        pending = passed
        return detached
    }

    /// Sends what the monitor takes now.
    mutating func send(to connection: borrowing MonitorConnection) throws(ApusError) {
        if !pending.isEmpty, try connection.sendInput(pending[...]) { pending = [] }
        if owesEnd && pending.isEmpty { owesEnd = !(try connection.sendInputEnd()) }
    }
}
