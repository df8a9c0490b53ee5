import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus create`: what `run` does before the start.
enum Create {
    static let command = Command(
        "create", abstract: "Create a new container", positionals: Positionals("IMAGE [COMMAND] [ARG...]", completing: .image, .none), interspersed: false,
        flags: ContainerFlags.all + [Run.attach],
        action: { parsed in
            do throws(ApusError) {
                let engine = Globals.engine(parsed)
                var request = try ContainerFlags.request(parsed, engine)
                request.settings.stdinOnce = request.settings.openStdin
                let cidFile = try CidFile(parsed[ContainerFlags.cidfile])
                let container = try engine.create(request)
                try cidFile.write(container.record.id)
                output(container.record.id)
                return 0
            } catch {
                throw Failure(error, status: 1)
            }
        })
}
