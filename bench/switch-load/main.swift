// For bench/switch: a learning switch over one of the datapaths, until standard input ends.
//
//     apus-switch-load bpf|packet-socket TAP PORT=PEER-ADDRESS...
//
// Lines on standard input: `exact`, `addresses`, `none` (what flows are for), `fill N` (N flows that nobody uses), `clear`, `count` (answers
// with the flows put so far, the packets that came up, and what was dropped), `allocations` (of the datapath's own threads). Each is answered by a line.
import CAllocations
import CSwitch
import Glibc
import LinuxSystem
import PacketCore
import SwitchCore
import SwitchDatapath
import SwitchFixtures

func makeDatapath(_ kind: String, _ tap: String) throws(ApusError) -> any Datapath {
    switch kind {
    case "bpf": return try BPFDatapath(tap: tap)
    case "packet-socket": return try PacketSocketDatapath()
    default: throw ApusError(.invalidArgument, "no datapath \"\(kind)\": bpf or packet-socket")
    }
}

func fill(_ datapath: any Datapath, _ count: Int) throws(ApusError) {
    var mask = FlowKey()
    for word in 0..<FlowKey.wordCount { mask.words[word] = .max }
    for number in 0..<count {
        var key = FlowKey()
        key.inPort = 1
        key.ethernetType = EtherType.ipv4
        key.ipv4Source = IPv4Address(rawValue: UInt32(number))
        try datapath.put(Megaflow(id: 1 << 40 + UInt64(number), key: key, mask: mask, actions: [.output(PortNumber(rawValue: 2))]))
    }
}

func obey(_ line: Substring, _ learning: LearningSwitch) throws(ApusError) -> String {
    let words = line.split(separator: " ")
    switch words.first {
    case "exact": learning.grain = .exact
    case "addresses": learning.grain = .addresses
    case "none": learning.grain = .none
    case "fill": try fill(learning.datapath, Int(words.last ?? "") ?? 0)
    case "clear": try learning.datapath.removeAllFlows()
    case "count":
        let drops = try learning.datapath.drops().map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        return "\(learning.flowCount) \(learning.packetCount) \(drops)"
    case "allocations": return "\(bench_allocations())"
    default: return "what?"
    }
    return "ok"
}

func serve() throws(ApusError) {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else { throw ApusError(.invalidArgument, "usage: apus-switch-load bpf|packet-socket TAP PORT=ADDRESS...") }
    let datapath = try makeDatapath(arguments[1], arguments[2])
    for (number, argument) in arguments.dropFirst(3).enumerated() {
        let parts = argument.split(separator: "=").map(String.init)
        let peer = parts.count > 1 ? MACAddress(parts[1]) : nil
        let index = unsafe apus_interface_index(parts[0])
        try datapath.add(
            DatapathPort(number: PortNumber(rawValue: UInt32(number + 1)), interface: parts[0], index: index, isVeth: peer != nil, peerAddress: peer))
    }
    let learning = LearningSwitch(datapath)
    print("ready")
    fflush(nil)
    var room = [UInt8](repeating: 0, count: 4096)
    while true {
        var waiting = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: datapath.upcallDescriptor ?? -1, events: Int16(POLLIN), revents: 0)]
        _ = unsafe poll(&waiting, 2, -1)
        while try learning.serve() > 0 {
            if unsafe poll(&waiting, 1, 0) > 0 { break }
        }
        guard waiting[0].revents != 0 else { continue }
        let count = unsafe read(0, &room, room.count)
        guard count > 0 else { return }
        for line in String(decoding: room[..<count], as: UTF8.self).split(separator: "\n") { print(try obey(line, learning)) }
        fflush(nil)
    }
}

do throws(ApusError) { try serve() } catch {
    print("apus-switch-load: \(error)")
    exit(1)
}
