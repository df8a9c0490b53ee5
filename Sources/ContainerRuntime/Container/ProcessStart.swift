import Glibc
import LinuxSystem
import OCISpec

/// The start of a process as the runtime follows it, from the plan in the monitor's hands to its answer.
struct ProcessStart {
    let plan: LaunchPlan
    /// The socket that gets the terminal's master, or -1.
    let console: Int32
    /// The profile whose supervisor gets a filter's listener.
    let seccomp: LinuxSeccomp?
    /// The state of the container, with the pid of this process.
    let state: (Int32) -> State

    /// Does at each sync what is due; the pid once the process waits for `start` or runs.
    ///
    /// - Throws: `ApusError` with the sentence of the step that failed; our children have been reaped then.
    func follow(_ connection: borrowing MonitorConnection, reach: (SyncPoint, Int32) throws(ApusError) -> Void) throws(ApusError) -> Int32 {
        while true {
            switch try connection.receive() {
            case .started(let pid): return pid
            case .failed(let step, let errno): throw plan.failure(step: step, errno: errno)
            case .sync(let point, let pid):
                try reach(point, pid)
                try connection.sendContinue()
            case .console(let master):
                let descriptor = OwnedFD(adopting: master)
                try ConsoleSocket.send(descriptor.raw, to: console)
            case .seccompListener(let listener, let pid):
                try Self.pass(OwnedFD(adopting: listener), of: pid, to: seccomp, state: state(pid))
                try connection.sendListenerPassed()
            case .closed: throw ApusError(.system, "the monitor of \"\(plan.arguments.first ?? "")\" ended before it started anything")
            case .output, .errorOutput, .ended: break
            }
        }
    }

    /// Hands a filter's listener to its supervisor.
    static func pass(_ listener: consuming OwnedFD, of pid: Int32, to profile: LinuxSeccomp?, state: State) throws(ApusError) {
        guard let profile else { return }
        let held = listener
        try SeccompAgent(profile).send(listener: held, of: pid, state: state)
    }

    /// Reaps what was cloned for us.
    static func reapChildren() {
        while waitpid(-1, nil, Int32(bitPattern: UInt32(__WALL))) > 0 || errno == EINTR {}
    }
}
