import Glibc
import LinuxSystem
import SwitchCore
import SwitchDatapath

/// What forwards.
enum DatapathChoice: String, CaseIterable {
    case auto
    case bpf
    case packetSocket = "packet-socket"

    /// Makes the datapath of an instance, or takes over the one that runs.
    ///
    /// - Returns: the datapath, and why it is not a better one.
    func make(_ instance: Instance, log: DaemonLog) throws(ApusError) -> (datapath: any Datapath, remark: String) {
        switch self {
        case .bpf: return (try BPFDatapath(tap: Self.tap(instance)), "")
        case .packetSocket: return (try PacketSocketDatapath(), "")
        case .auto: break
        }
        do throws(ApusError) { return (try BPFDatapath(tap: Self.tap(instance)), "") } catch {
            guard [.permissionDenied, .notSupported].contains(error.code) else { throw error }
            log(.warning, "BPF cannot be used here, packets are forwarded by packet sockets and stop with the daemon: \(error)")
            return (try PacketSocketDatapath(), "BPF cannot be used here: \(error)")
        }
    }

    /// Removes what a datapath has left in the kernel; of one that has left nothing it is no error.
    static func destroy(_ instance: Instance, log: DaemonLog) {
        do throws(ApusError) { try BPFDatapath.destroy(tap: tap(instance)) } catch {
            if error.errno != ENODEV && error.errno != ENOENT { log(.warning, "\(error)") }
        }
    }

    /// The interface by which packets come up; it names the datapath too.
    private static func tap(_ instance: Instance) -> String { "apus-\(instance.name)" }
}
