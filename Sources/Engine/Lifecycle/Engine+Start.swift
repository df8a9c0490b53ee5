public import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Starts a container whose lock is held and waits until its program runs.
    ///
    /// A container that cannot be started keeps why; one with `--rm` is removed.
    ///
    /// - Parameter monitor: from `startMonitor`, before the container was made or found.
    /// - Throws: `ApusError` with the sentence of the step that failed; `.commandNotFound` and `.cannotExecute` for the program itself.
    public func start(
        _ container: consuming CreatedContainer, monitor: consuming Monitor, _ options: ContainerStart.Options
    ) throws(ApusError) -> Launched {
        let record = container.record
        do throws(ApusError) {
            let launched = try ContainerStart(record, lock: try container.lock.duplicate(), monitor: monitor, engine: self).launch(options)
            switch try launched.connection.receive() {
            case .started: return launched
            case .failed(let step, let errno): throw launched.plan.failure(step: step, errno: errno)
            default: throw ApusError(.system, "the monitor of container \(record.shortID) ended before it started anything")
            }
        } catch {
            giveUp(record, error)
            throw error
        }
    }

    /// Starts the monitor of a container that is about to be made or found.
    ///
    /// Its exec, and the making of a network namespace, run beside that.
    ///
    /// - Parameter settings: the container's; nil for a program that joins one.
    public func startMonitor(_ settings: ContainerSettings?) throws(ApusError) -> Monitor {
        try Engine.requireRoot(to: "start containers")
        return try Monitor(
            program: try Monitor.program(), makesNetwork: settings?.networkMode == .own, tellsNetwork: settings?.isOnNetworks == true)
    }

    private func giveUp(_ record: ContainerRecord, _ error: ApusError) {
        if record.settings.autoRemove {
            try? discard(record)
        } else {
            let code: Int32 = error.code == .commandNotFound ? 127 : error.code == .cannotExecute ? 126 : 128
            let exit = ExitRecord(exitCode: code, finishedAt: "0001-01-01T00:00:00Z", error: error.description, neverRan: true)
            try? writeRecord(exit, "\(paths.container(record.id))/exit.json")
        }
    }
}

extension Launched {
    /// The plan with what its steps took.
    public borrowing func text() -> String {
        plan.text(timings: (try? connection.timings(of: plan)) ?? [])
    }

    /// Stays in front of the program until it ends, and returns its exit code; 0 after the detach keys.
    public consuming func attach(_ options: AttachSession.Options, _ containers: ContainerStore, _ record: ContainerRecord) throws(ApusError) -> Int32 {
        let session = try AttachSession(connection, options) { signal in
            try? containers.send(signal, to: record)
        }
        if let status = try session.run().status { return status }
        throw ApusError(.system, "the monitor of container \(record.shortID) was lost, and the container with it")
    }
}
