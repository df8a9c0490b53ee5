import CShim
import Glibc
import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    /// Answers a capture: with a packet socket for each port.
    ///
    /// While it lasts, frames to these ports take the way by which packet sockets see them: not straight into the container.
    func capture(_ names: [String], _ connection: ControlConnection) -> Reply? {
        do throws(ApusError) {
            if names.count > SwitchClient.captureLimit { throw ApusError(.invalidArgument, "a capture has at most \(SwitchClient.captureLimit) ports") }
            var sources: [CaptureSource] = []
            var sockets: [Int32] = []
            var captured: [UInt32] = []
            defer { for socket in sockets { close(socket) } }
            for name in names {
                let port = try port(name)
                guard let link = port.link else {
                    throw ApusError(.notSupported, "port \(port.settings.name) has no interface whose frames could be captured")
                }
                sockets.append(try systemCall("cannot capture at interface \(link.name)") { apus_packet_socket(link.index) })
                var source = CaptureSource()
                (source.port, source.interface, source.index) = (port.settings.name, link.name, link.index)
                sources.append(source)
                captured.append(port.settings.number)
            }
            for number in captured { try see(number) }
            captures[ObjectIdentifier(connection)] = captured
            connection.send(.capturing(sources), descriptors: sockets)
            return nil
        } catch {
            return .failed(error)
        }
    }

    /// The client has hung up.
    func endCapture(_ connection: ControlConnection) {
        guard let captured = captures.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        let seen = Set(captures.values.joined())
        for number in captured where !seen.contains(number) {
            guard let port = ports[number]?.datapathPort else { continue }
            attempt("the end of a capture at port \(number)") { () throws(ApusError) in try datapath.add(port) }
        }
    }

    /// Puts a port into the datapath as one whose other end is not reached directly.
    private func see(_ number: UInt32) throws(ApusError) {
        guard let port = ports[number]?.datapathPort, port.isVeth else { return }
        try datapath.add(DatapathPort(number: port.number, interface: port.interface, index: port.index, isVeth: false))
    }
}
