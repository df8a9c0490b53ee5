import Engine
import Glibc
import LinuxSystem
import Testing

/// Kill -9 at any moment of a command that writes images leaves a store that opens and has nothing damaged; a prune frees the rest.
@Suite(.requires(.ownProcessors)) struct StoreKillTests {
    private static let rounds = 200

    @Test func anyCommandAtAnyMoment() throws {
        try Apus.with { apus throws in
            let archives = try (0..<3).map { try makeArchive($0, apus) }
            try apus.runReady("box", "echo ready; while :; do echo $((n += 1)) > /next; mv /next /count; done", "--stop-timeout", "0")
            // Microseconds over which the kills of each kind of command are spread: all of what it takes here, and a little beyond.
            var spans = [Double](repeating: 20_000, count: 8)
            var killed = 0
            for round in 0..<Self.rounds {
                let archive = archives[round % archives.count]
                let command: [String] =
                    switch round % 8 {
                    case 0, 3, 6: ["load", "-q", "-i", archive]
                    case 1: ["commit", "box", "made:\(round % 3)"]
                    case 2: ["rmi", "-f", try apus.output("images", "-q").split(separator: "\n").map(String.init).randomElement() ?? "none"]
                    case 4: ["snapshot", "create", "box"]
                    case 5: ["image", "prune", "-f"]
                    default: ["import", archive, "flat:\(round % 2)"]
                    }
                let running = try apus.start(command)
                usleep(UInt32.random(in: 0...UInt32(spans[round % 8])))
                running.send(SIGKILL)
                let isKilled = try running.wait().code == -SIGKILL
                if isKilled { killed += 1 }
                // Three of four are killed in the long run.
                spans[round % 8] *= isKilled ? 1.1 : 0.75
                let look = try apus.run("images", "-q")
                #expect(look.code == 0 && look.errorOutput.isEmpty, "\(command): \(look)")
                // A killed commit or snapshot leaves nobody frozen.
                if round % 8 == 1 || round % 8 == 4 {
                    #expect(try apus.output("ps", "--format", "{{.State}}") == "running", "\(command)")
                }
                if round % 20 == 19 {
                    let check = try apus.run("system", "check", "-q")
                    #expect(check.code == 0 && check.output.isEmpty, "\(command): \(check)")
                }
            }
            print("killed before their end: \(killed) of \(Self.rounds)")
            #expect(killed > Self.rounds / 2)
            try nothingIsLeft(apus)
        }
    }

    private func nothingIsLeft(_ apus: Apus) throws {
        // What is there is whole, and runs.
        #expect(try apus.output("system", "check", "-q", "--contents") == "")
        for name in try apus.output("images", "--format", "{{.Repository}}:{{.Tag}}").split(separator: "\n").map(String.init) where name.hasPrefix("busy") {
            #expect(try apus.output("run", "--rm", name, "echo", "on") == "on")
        }
        try apus.output("system", "prune", "-f")
        let check = try apus.output("system", "check")
        #expect(check.hasSuffix("nothing is damaged"), "\(check)")
        try apus.output("rm", "-f", "box")
        try apus.output("system", "prune", "-af")
        for place in ["tmp", "images/blobs/sha256", "snapshots", "containers", "names"] {
            #expect(try listDirectory("\(apus.root)/\(place)") == [], "\(place)")
        }
        #expect(try listDirectory("\(apus.root)/layers").sorted() == ["l", "skeleton"])
        #expect(try listDirectory("\(apus.root)/layers/l") == ["skeleton"])
    }

    /// An image of four small layers as a docker archive; they share their first.
    private func makeArchive(_ number: Int, _ apus: Apus) throws -> String {
        let name = "app\(number)"
        try apus.output("create", "--name", name, "busybox", "true")
        for layer in 0..<3 {
            let script =
                "for i in $(seq 60); do echo \(layer == 0 ? 0 : number)-\(layer)-$i > /l\(layer)-$i; done; rm -f /l\(layer - 1)-1; ln /l\(layer)-2 /l\(layer)-again"
            try apus.output("run", "--name", "\(name)-\(layer)", layer == 0 ? "busybox" : "\(name):step", "sh", "-c", script)
            try apus.output("commit", "\(name)-\(layer)", "\(name):step")
        }
        let path = "\(apus.scratch)/files/\(name).tar"
        try apus.output("save", "-o", path, "\(name):step")
        try apus.output("rm", name, "\(name)-0", "\(name)-1", "\(name)-2")
        try apus.output("rmi", "\(name):step")
        try apus.output("image", "prune", "-f")
        return path
    }
}
