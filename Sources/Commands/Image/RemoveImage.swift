import CommandLine
import Engine
import ImageStore
import LinuxSystem

/// `apus rmi`: takes names from images, and removes those that have none left.
enum RemoveImage {
    static let force = Flag.bool("force", short: "f", help: "Force removal of the image")

    static let command = Command(
        "rmi", abstract: "Remove one or more images", positionals: Positionals("IMAGE [IMAGE...]", completing: .image),
        flags: [
            force, RefusedFlag("no-prune", because: "images have no untagged parents here"),
            RefusedFlag("platform", because: "choosing a platform is not there yet"),
        ],
        action: { parsed in
            let engine = Globals.engine(parsed)
            let users = try ImageUsers(engine)
            var status: Int32 = 0
            for name in parsed.positionals {
                do throws(ApusError) {
                    for step in try engine.images.remove(name, force: parsed[force], users: { users[$0] }) { output(step.description) }
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}

/// `apus tag`: one more name for an image.
enum Tag {
    static let command = Command(
        "tag", abstract: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        positionals: Positionals("SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", completing: .image),
        action: { parsed in
            try Globals.engine(parsed).images.tag(parsed.positionals[0], parsed.positionals[1])
            return 0
        })
}
