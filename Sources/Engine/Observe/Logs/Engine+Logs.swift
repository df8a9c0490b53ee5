import Glibc
public import LinuxSystem

extension Engine {
    /// Gives out a container's log, and with `follows` what is added to it until the container ends.
    ///
    /// - Parameter write: takes text of one stream; what it throws ends the reading.
    /// - Returns: how many entries were damaged and left out.
    /// - Throws: `ApusError` when the log cannot be read.
    @discardableResult
    public func logs(
        of record: ContainerRecord, _ selection: LogSelection = LogSelection(), follows: Bool = false,
        write: (LogStream, [UInt8]) throws(ApusError) -> Void
    ) throws(ApusError) -> Int {
        let path = "\(paths.container(record.id))/log"
        let isRunning = follows ? try containers.run(of: record) != nil : false
        let file: OwnedFD
        do {
            // The monitor makes the log with the first output. Made here before, it is held open whatever becomes of its name: a container
            // with --rm takes it along.
            file = try openFile(path, O_RDONLY | (isRunning ? O_CREAT : 0), mode: 0o640)
        } catch  where error.errno == ENOENT {
            if !fileExists("\(paths.container(record.id))/container.json") { throw containers.removed(record) }
            return 0  // it has never written anything
        }
        // Watched before it is read, so that nothing is written in between unseen.
        let watch = isRunning ? try LogWatch(path, of: record, in: containers) : nil
        let raw = file.raw
        var starts = ByStream(0)
        if let lines = selection.tail {
            let size = try systemCall("cannot read \(path)") { lseek(raw, 0, SEEK_END) }
            starts = try LogTail.starts(of: file, size: size, lines: lines)
        }
        let first = min(starts[.output], starts[.error])
        try systemCall("cannot read \(path)") { lseek(raw, first, SEEK_SET) }
        var reader = LogReader(selection, starts: starts, at: first)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var isEnding = false
        while !reader.isPast {
            let count = try systemCall("cannot read \(path)") { unsafe read(raw, &chunk, chunk.count) }
            if count > 0 {
                try reader.take(chunk[..<count], write)
            } else if isEnding {
                break
            } else {
                switch try watch?.wait(until: selection.until) ?? .ended {
                case .more: break
                case .ended: isEnding = true
                case .abandoned: return reader.damaged
                }
            }
        }
        try reader.finish(write)
        return reader.damaged
    }
}
