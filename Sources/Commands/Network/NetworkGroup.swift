import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus network …`.
enum NetworkGroup {
    static let command = Command(
        "network", abstract: "Manage networks",
        subcommands: [
            NetworkConnect.connect, NetworkCreate.command, NetworkConnect.disconnect, NetworkInspect.command, NetworkList.command, NetworkPrune.command,
            NetworkRemove.command,
        ])

    /// What the shell offers where a network is wanted.
    static let completion = CompletionKind.objects("network")
}

/// `apus network create`.
enum NetworkCreate {
    static let subnet = Flag.list("subnet", value: "strings", help: "Subnet in CIDR format that represents a network segment; one of IPv4 and one of IPv6")
    static let gateway = Flag.list("gateway", value: "strings", help: "IPv4 or IPv6 Gateway for the subnet")
    static let ipRange = Flag.list("ip-range", value: "strings", help: "Allocate container ip from a sub-range")
    static let isInternal = Flag.bool("internal", help: "Restrict external access to the network")
    static let ipv6 = Flag.bool("ipv6", help: "Enable IPv6 networking")
    static let vlan = Flag.int("vlan", help: "Put the network's ports into a VLAN (1 to 4094)")
    static let opt = Flag.list("opt", short: "o", value: "map", help: "Set options: mtu=BYTES, uplink=DEVICE, isolate=true")
    static let label = Flag.list("label", help: "Set metadata on a network")
    static let driver = Flag.string("driver", short: "d", default: "bridge", completing: .words(["bridge"]), help: "Driver to manage the Network")

    static let command = Command(
        "create", abstract: "Create a network", positionals: "NETWORK",
        flags: [
            driver, gateway, isInternal, ipRange, ipv6, label, opt, subnet, vlan,
            RefusedFlag("aux-address", because: "give containers their addresses with --ip and the rest with --ip-range"),
            RefusedFlag("attachable", because: "there are no swarm networks"),
            RefusedFlag("ingress", because: "there are no swarm networks"),
            RefusedFlag("scope", because: "there are no swarm networks"),
            RefusedFlag("config-only", because: "networks without a bridge are not there yet"),
            RefusedFlag("config-from", because: "networks without a bridge are not there yet"),
            RefusedFlag("ipam-driver", because: "Apus gives out the addresses itself"),
            RefusedFlag("ipam-opt", because: "Apus gives out the addresses itself"),
        ],
        action: { parsed in
            if parsed[driver] != "bridge" {
                throw ApusError(.notSupported, "there is no network driver \(parsed[driver])", hint: "there is one, bridge: the switch of Apus")
            }
            var request = NetworkRequest(name: parsed.positionals[0])
            request.subnets = parsed[subnet]
            request.gateways = parsed[gateway]
            request.ranges = parsed[ipRange]
            request.isInternal = parsed[isInternal]
            request.wantsIPv6 = parsed[ipv6]
            request.vlan = parsed[vlan]
            request.labels = try KeyValues.labels(files: [], entries: parsed[label])
            for text in parsed[opt] {
                let sign = text.firstIndex(of: "=") ?? text.endIndex
                request.options[String(text[..<sign])] = String(text[sign...].dropFirst())
            }
            output(try Globals.engine(parsed).networks.store.create(request).id)
            return 0
        })
}

/// `apus network rm`.
enum NetworkRemove {
    static let force = Flag.bool("force", short: "f", help: "Do not error if the network does not exist")

    static let command = Command(
        "rm", aliases: ["remove"], abstract: "Remove one or more networks",
        positionals: Positionals("NETWORK [NETWORK...]", completing: NetworkGroup.completion), flags: [force],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var status: Int32 = 0
            for name in parsed.positionals {
                do throws(ApusError) {
                    try engine.removeNetwork(try engine.networks.store.find(name))
                    output(name)
                } catch  where error.code == .notFound && parsed[force] {
                    output(name)  // gone is what was wanted
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}

/// `apus network prune`.
enum NetworkPrune {
    static let command = Command(
        "prune", abstract: "Remove all unused networks", flags: [PruneFilter.flag, Confirmation.force],
        action: { parsed in
            let filter = try PruneFilter(parsed[PruneFilter.flag])
            guard try Confirmation.ask("This will remove all networks not used by at least one container.", parsed) else { return 0 }
            let removed = try Globals.engine(parsed).pruneNetworks { filter.matches(created: Timestamp(rfc3339: $0.created), labels: $0.labels) }
            Confirmation.report("Deleted Networks", removed)
            return 0
        })
}
