import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus commit`: an image from what a container changed.
enum Commit {
    static let author = Flag.string("author", short: "a", help: "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
    static let change = Flag.list("change", short: "c", help: "Apply Dockerfile instruction to the created image")
    static let message = Flag.string("message", short: "m", help: "Commit message")
    static let pause = Flag.bool("pause", short: "p", default: true, help: "Pause container during commit")
    static let noPause = Flag.bool("no-pause", help: "Don't pause container during commit")

    static let command = Command(
        "commit", abstract: "Create a new image from a container's changes",
        positionals: Positionals("CONTAINER [REPOSITORY[:TAG]]", completing: .container, .image), flags: [author, change, message, noPause, pause],
        action: { parsed in
            try Engine.requireRoot(to: "commit containers")
            let engine = Globals.engine(parsed)
            var request = CommitRequest()
            request.name = try imageName(parsed.positionals.dropFirst().first)
            request.author = parsed[author]
            request.message = parsed[message]
            request.changes = parsed[change]
            request.pauses = parsed[pause] && !parsed[noPause]
            if let moment = try sourceDate() { request.created = moment }
            output(try engine.commit(engine.containers.find(parsed.positionals[0]), request).id.description)
            return 0
        })

    /// The moment that SOURCE_DATE_EPOCH names, for images that are the same each time.
    private static func sourceDate() throws(ApusError) -> Timestamp? {
        guard let text = Globals.environment("SOURCE_DATE_EPOCH") else { return nil }
        guard let seconds = Int(text), (0..<253_402_300_800).contains(seconds) else {
            throw ApusError(.invalidArgument, "SOURCE_DATE_EPOCH is \"\(text)\": it must be seconds since 1970")
        }
        return Timestamp(seconds: seconds)
    }
}
