/// What a shell offers for a positional or for the value of a flag.
public enum CompletionKind: Sendable, Equatable {
    /// Nothing.
    case none
    /// Names of files.
    case file
    /// Names of directories.
    case directory
    /// A fixed list.
    case words([String])
    /// What `PROGRAM __complete KIND PREFIX` prints, one candidate a line; KIND is a plain word such as `container`.
    case objects(String)

    /// Containers in any state.
    public static let container = CompletionKind.objects("container")
    /// Images in the store.
    public static let image = CompletionKind.objects("image")
}
