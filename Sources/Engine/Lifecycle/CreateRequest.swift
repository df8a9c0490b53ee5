public import OCISpec

/// What `run` and `create` ask for: an image, and settings in which nil or empty means the image's default.
public struct CreateRequest: Sendable {
    /// A reference, an id, or the path of an archive.
    public var image: String
    /// The platform that the image must be of, and that is taken of an archive with several; nil for any.
    public var platform: Platform?
    /// The name; nil for a random one.
    public var name: String?
    /// The words after the image; empty takes the image's command.
    public var command: [String]
    /// The program in front of the command: nil takes the image's, an empty word takes it away.
    public var entrypoint: String?
    /// The working directory; nil takes the image's.
    public var workingDirectory: String?
    /// The user; nil takes the image's.
    public var user: String?
    /// Everything else.
    ///
    /// Its env and labels are the user's alone.
    public var settings: ContainerSettings

    /// A request with the image's defaults.
    public init(image: String, command: [String] = [], settings: ContainerSettings = ContainerSettings()) {
        self.image = image
        self.command = command
        self.settings = settings
    }
}
