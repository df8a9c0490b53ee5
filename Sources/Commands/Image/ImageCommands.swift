import CommandLine

/// Commands about images.
enum ImageCommands {
    static let all: [Command] = [Images.command, Load.command, RemoveImage.command, Tag.command, group, History.command, Import.command, Save.command]

    private static let group = Command(
        "image", abstract: "Manage images",
        subcommands: [
            Inspect.image, Load.command, Images.command.renamed("ls", aliases: ["list"]), PruneImages.command,
            RemoveImage.command.renamed("rm", aliases: ["remove"]), Tag.command, History.command, Import.command, Save.command,
        ])
}
