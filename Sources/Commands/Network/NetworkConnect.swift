import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus network connect` and `disconnect`.
enum NetworkConnect {
    static let alias = Flag.list("alias", value: "strings", help: "Add network-scoped alias for the container")
    static let force = Flag.bool("force", short: "f", help: "Force the container to disconnect from a network")

    static let connect = Command(
        "connect", abstract: "Connect a container to a network",
        positionals: Positionals("NETWORK CONTAINER", completing: NetworkGroup.completion, .container),
        flags: [
            alias, NetworkFlags.ip, NetworkFlags.ip6, NetworkFlags.macAddress,
            RefusedFlag("link", because: "links are gone from Docker's networks too; containers of one network find each other by name"),
            RefusedFlag("link-local-ip", because: "devices make their link-local addresses themselves"),
            RefusedFlag("driver-opt", because: "there are no driver options for one container"),
        ],
        action: { parsed in
            let engine = Globals.engine(parsed)
            let attachment = Attachment(
                network: parsed.positionals[0], ipv4: parsed[NetworkFlags.ip], ipv6: parsed[NetworkFlags.ip6], mac: parsed[NetworkFlags.macAddress],
                aliases: parsed[alias])
            try NetworkFlags.check(attachment)
            try engine.connect(try engine.containers.find(parsed.positionals[1]), attachment)
            return 0
        })

    static let disconnect = Command(
        "disconnect", abstract: "Disconnect a container from a network",
        positionals: Positionals("NETWORK CONTAINER", completing: NetworkGroup.completion, .container), flags: [force],
        action: { parsed in
            let engine = Globals.engine(parsed)
            try engine.disconnect(
                try engine.containers.find(parsed.positionals[1]), from: try engine.networks.store.find(parsed.positionals[0]), force: parsed[force])
            return 0
        })
}
