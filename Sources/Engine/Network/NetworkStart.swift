import ContainerRuntime
import LinuxSystem
import Network

/// The networks' part of one start, in a thread beside the making of the plan.
///
/// The monitor makes the namespace, this thread the devices in it and the switch's ports, and the plan goes to the monitor when both are done.
final class NetworkStart: Sendable {
    /// What the container has.
    let prepared: ContainerNetworks.Prepared
    private let thread: WorkerThread
    private let failure = Promise<ApusError?>()

    /// Begins.
    ///
    /// - Parameter news: of the monitor, which must live until `finish`.
    init(_ prepared: ContainerNetworks.Prepared, _ networks: ContainerNetworks, news: Monitor.NetworkNews) throws(ApusError) {
        self.prepared = prepared
        let failure = failure
        thread = try WorkerThread {
            do throws(ApusError) {
                let namespace = try news.wait()
                try networks.connect(prepared, namespace: namespace.raw)
                failure.keep(nil)
            } catch {
                failure.keep(error)
            }
        }
    }

    /// Waits until the container is connected.
    func finish() throws(ApusError) {
        if let failure = failure.wait() { throw failure }
    }

    deinit { thread.join() }
}
