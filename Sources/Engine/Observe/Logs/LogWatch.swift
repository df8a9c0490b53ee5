import Glibc
import LinuxSystem

/// Waits for more of a running container's log, or for its end (inotify(7), pidfd_open(2)).
struct LogWatch: ~Copyable {
    /// What ended a wait.
    enum Event {
        /// There may be more.
        case more
        /// The monitor is gone: nothing will be added to what is there.
        case ended
        /// Nobody reads our stdout any more.
        case abandoned
    }

    private let changes: OwnedFD
    private let monitor: ProcessHandle

    /// Watches from now on; nil when the container does not run.
    init?(_ path: String, of record: ContainerRecord, in store: ContainerStore) throws(ApusError) {
        let inotify = OwnedFD(adopting: try systemCall("cannot watch the log") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
        do throws(ApusError) {
            try systemCall("cannot watch \(path)") { [raw = inotify.raw] in
                unsafe inotify_add_watch(raw, path, UInt32(IN_MODIFY))
            }
            guard let run = try store.run(of: record) else { return nil }
            let process = try ProcessHandle(pid: run.monitorPid)
            // Only while this run goes on is the number surely its monitor's.
            guard try store.run(of: record) == run else { return nil }
            monitor = process
        } catch  where error.errno == ENOENT || error.errno == ESRCH {
            return nil  // it ended meanwhile
        }
        changes = inotify
    }

    /// Waits, not longer than until `deadline`, which counts as the end.
    func wait(until deadline: Timestamp?) throws(ApusError) -> Event {
        var set = [
            pollfd(fd: changes.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: monitor.descriptor.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: 1, events: 0, revents: 0),
        ]
        let ready = try systemCall("cannot wait for the log") { unsafe poll(&set, 3, deadline.map { Self.milliseconds(until: $0) } ?? -1) }
        if set[2].revents & Int16(POLLERR | POLLHUP) != 0 { return .abandoned }
        if ready == 0 && (deadline.map { $0 <= .now() } ?? false) || set[1].revents != 0 { return .ended }
        var events = [UInt8](repeating: 0, count: 4096)
        let raw = changes.raw
        while unsafe read(raw, &events, events.count) > 0 {}
        return .more
    }

    private static func milliseconds(until deadline: Timestamp) -> Int32 {
        let now = Timestamp.now()
        let seconds = max(-1, min(deadline.seconds - now.seconds, 1_000_000))
        return Int32(max(0, seconds * 1000 + (deadline.nanoseconds - now.nanoseconds) / 1_000_000 + 1))
    }
}
