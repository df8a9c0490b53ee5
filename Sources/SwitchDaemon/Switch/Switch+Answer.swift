import Glibc
import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore

extension Switch {
    /// Answers a request; a refusal is an answer too.
    func answer(_ request: Request) -> Reply {
        do throws(ApusError) { return try reply(request) } catch { return .failed(error) }
    }

    private func reply(_ request: Request) throws(ApusError) -> Reply {
        switch request {
        case .state: return .state(try state())
        case .change(let changes): return .done(try change(changes))
        case .bridges: return .bridges(bridges.values.map(\.settings).sorted { $0.name < $1.name })
        case .ports(let name): return .ports(try reports(name))
        case .mirrors(let name): return .mirrors(try bridges(name).flatMap { $0.mirrors.values.sorted { $0.name < $1.name } })
        case .meters(let name): return .meters(try bridges(name).flatMap { $0.meters.values.sorted { $0.id < $1.id } })
        case .rules(let name, let match): return .rules(try rules(of: bridge(name), matching: match))
        case .macs(let name): return .macs(try bridges(name).flatMap { macs(of: $0) })
        case .megaflows: return .megaflows(try megaflows())
        case .trace(let name, let packet): return .text(try trace(packet, in: bridge(name)))
        case .drops: return .drops(try drops())
        case .capture: throw ApusError(.invalidArgument, "a capture needs a connection of its own")
        }
    }

    private func state() throws(ApusError) -> SwitchState {
        var state = SwitchState()
        (state.pid, state.version, state.datapath, state.remark) = (getpid(), ApusVersion.number, datapath.kind, remark)
        state.uptime = (monotonicNanoseconds() - started) / 1_000_000_000
        (state.upcalls, state.bridges, state.ports) = (upcalls, UInt32(bridges.count), UInt32(ports.count))
        state.flows = UInt64(flows.count)
        return state
    }

    private func reports(_ name: String) throws(ApusError) -> [PortReport] {
        let bridge = name.isEmpty ? "" : try self.bridge(name).settings.name
        return ports(of: bridge).map { port in
            var report = PortReport()
            (report.settings, report.index) = (port.settings, port.link?.index ?? 0)
            report.isUp = port.settings.kind == .patch || port.link?.isUp == true
            report.counters = counters(of: port)
            return report
        }
    }

    private func drops() throws(ApusError) -> [DropReport] {
        let counts = try datapath.drops()
        return DropReason.allCases.map { DropReport(reason: $0.name, packets: (counts[$0] ?? 0) + (slowDrops[$0] ?? 0)) }
    }
}
